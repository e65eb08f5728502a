"""Accessibility: what axe-core, run in the page, finds serious."""

import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

VERSION = "4.10.3"
INTEGRITY = (
    "Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg=="
)
SERIOUS = {"serious", "critical"}


def violations(page: Any) -> list[str]:
    """The serious and critical violations of the page as it is shown now, each with where."""
    page.evaluate(source())  # past the page's content security policy, which stays as it is
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{rule['id']}: {rule['help']} at {node['target']}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


@cache
def source() -> str:
    """The script of axe-core, fetched once a machine; skips where it can be had from nowhere."""
    kept = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "tailor_lab-tests"
    file = kept / f"axe-core-{VERSION}.js"
    if not file.exists():
        kept.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept) as own:
            unpacked = Path(own) / file.name
            unpacked.write_bytes(_from_npm(Path(own)))
            unpacked.replace(file)
    return file.read_text(encoding="utf-8")


def _from_npm(folder: Path) -> bytes:
    if shutil.which("npm") is None:
        pytest.skip("axe-core comes from npm, which is not installed")
    fetch = ["npm", "pack", f"axe-core@{VERSION}", "--silent"]
    done = subprocess.run(fetch, cwd=folder, capture_output=True, text=True, check=False)
    packed = folder / f"axe-core-{VERSION}.tgz"
    if done.returncode != 0 or not packed.is_file():
        pytest.skip(f"npm cannot fetch axe-core {VERSION}: {done.stderr.strip()[-200:]}")
    digest = base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
    assert digest == INTEGRITY, "this is not the axe-core that npm published"
    with tarfile.open(packed) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        return script.read()
