"""Accessibility: what axe-core, run in the page, finds serious."""

import base64
import hashlib
import io
import os
import tarfile
import urllib.request
from functools import cache
from pathlib import Path
from typing import Any

import pytest

VERSION = "4.10.3"
ADDRESS = f"https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"
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
        try:
            with urllib.request.urlopen(ADDRESS, timeout=60) as answer:
                packed = answer.read()
        except OSError as error:
            pytest.skip(f"axe-core {VERSION} cannot be fetched from npm: {error}")
        digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
        assert digest == INTEGRITY, "this is not the axe-core that npm published"
        with tarfile.open(fileobj=io.BytesIO(packed)) as package:
            member = package.extractfile("package/axe.min.js")
            assert member is not None
            kept.mkdir(parents=True, exist_ok=True)
            partial = file.with_suffix(f".{os.getpid()}")
            partial.write_bytes(member.read())
            partial.replace(file)
    return file.read_text(encoding="utf-8")
