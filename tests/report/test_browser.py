"""The report in a real browser, with the network cut."""

import shutil
from pathlib import Path

import pytest

from tailor_lab import Experiment, Lab, Metric, Variant
from tailor_lab.settings import shipped

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    with Lab(tmp_path / ".lab") as lab:
        lab.run(
            Experiment(
                "prompts",
                items=shipped("data/pairs.jsonl"),
                limit=8,
                variants=[Variant("plain", prompt="plain"), Variant("full", mode="full")],
                primary=Metric("improvement", margin=2.0),
            )
        )
        return lab.report("prompts", tmp_path / "report.html")


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium")
def test_every_chart_draws_without_a_network_and_without_an_error(report: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(offline=True)
        page = context.new_page()
        problems: list[str] = []
        page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(report.as_uri())
        page.wait_for_selector("body[data-charts=drawn]", timeout=60_000)
        charts = page.locator(".chart")
        assert charts.count() == 3
        for chart in charts.all():
            drawing = chart.locator("canvas, svg").first
            box = drawing.bounding_box()
            assert box is not None
            assert box["width"] > 200
            assert box["height"] > 50
        assert "improvement" in page.locator("table").first.inner_text()
        assert problems == []
        browser.close()
