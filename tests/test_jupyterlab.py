"""JupyterLab in a real browser: a notebook opened and run by its menu, as people do."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser import needs_chromium, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).parents[1]


@contextmanager
def jupyterlab(folder: Path, own: Path) -> Iterator[str]:
    """JupyterLab over a folder, with no settings but its own; yields its address with the token."""
    settings = own / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Else only the cells in view are drawn, and a dialog asks for the kernel.
    (settings / "tracker.jupyterlab-settings").write_text(
        '{"windowingMode": "none", "autoStartDefaultKernel": true}'
    )
    runtime = own / "runtime"
    environment = {
        **{name: value for name, value in os.environ.items() if name != "TAILOR_LAB_HOME"},
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "IPYTHONDIR": str(own / "ipython"),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    options = [
        "--ServerApp.port=0",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.allow_root=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with (own / "jupyterlab.log").open("wb") as told:
        process = subprocess.Popen([*command, *options], env=environment, stdout=told, stderr=told)
    try:
        yield _address(runtime, process, own / "jupyterlab.log")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(runtime: Path, process: subprocess.Popen[bytes], told: Path) -> str:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                server = json.loads(file.read_text())
            except ValueError:
                continue
            return f"http://127.0.0.1:{server['port']}/lab/tree/{{}}?token={server['token']}"
        time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start: {told.read_text()[-2000:]}")


@needs_chromium
@pytest.mark.timeout(300)
def test_the_first_notebook_runs_by_its_menu_and_shows_chart_and_decision(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for name in ("notebooks", "experiments", "data"):
        shutil.copytree(ROOT / name, project / name)
    notebook = "notebooks/01_first_comparison.ipynb"
    with (
        jupyterlab(project, tmp_path / "jupyter") as address,
        opened(local=True, viewport={"width": 1400, "height": 1000}) as (page, problems),
    ):
        page.goto(address.format(notebook))
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=90_000)
        page.locator("#jp-main-statusbar", has_text="| Idle").wait_for(timeout=90_000)
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()
        page.wait_for_function(
            """() => {
                const cells = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
                return cells.every((cell) => /^\\[\\d+\\]:$/.test(cell.textContent.trim()));
            }""",
            timeout=150_000,
        )
        outputs = page.locator(".jp-OutputArea-output")
        said = "\n".join(outputs.all_inner_texts())
        assert "Traceback" not in said
        assert "Ship grounded" in said
        charts = page.locator(".jp-OutputArea-output canvas, .jp-OutputArea-output svg.marks")
        charts.first.wait_for(timeout=30_000)
        box = charts.first.bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert box["height"] > 50
        page.locator(".tl").first.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / "jupyterlab.png")
        assert [p for p in problems if p.startswith("asked for")] == []
