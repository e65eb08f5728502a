"""Writes `constraints.txt`: the installed version of everything that the group dev needs.

Run as `python -m tools.constraints` in an environment whose tests pass, on the oldest Python that
is supported, after `pip install --upgrade --editable . --group dev`. What only other Pythons or
systems need is not installed here and stays free.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILE = ROOT / "constraints.txt"
OPENING = """\
# The versions with which the tests passed, on Python {python}; `make` installs them on that Python.
# Written by python -m tools.constraints.
"""


def declared(project: dict[str, Any], group: str) -> Iterator[Requirement]:
    """Every requirement of the project and of a dependency group; its own extras are resolved."""
    yield from map(Requirement, project["project"]["dependencies"])
    extras = project["project"]["optional-dependencies"]
    for entry in project["dependency-groups"][group]:
        if isinstance(entry, dict):
            yield from declared(project, entry["include-group"])
            continue
        requirement = Requirement(entry)
        if canonicalize_name(requirement.name) == project["project"]["name"]:
            for extra in requirement.extras:
                yield from map(Requirement, extras[extra])
        else:
            yield requirement


def installed(requirements: Iterator[Requirement]) -> dict[str, str]:
    """The installed version of every package that the requirements lead to.

    Raises `PackageNotFoundError` for one that is required here and not installed.
    """
    versions: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        found = distribution(name)
        versions[name] = found.version
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                waiting += [(Requirement(text), wanted) for text in found.requires or ()]
    return versions


def minor(python: str) -> str:
    """Major and minor number of a Python's version, for example of a constraints file's heading."""
    found = re.search(r"\d+\.\d+", python)
    assert found, f"no version in {python!r}"
    return found[0]


def main() -> None:
    """Writes the file."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    versions = installed(declared(project, "dev"))
    lines = (f"{name}=={version}\n" for name, version in sorted(versions.items()))
    FILE.write_text(OPENING.format(python=minor(sys.version)) + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except PackageNotFoundError as error:
        sys.exit(f"{error.name} is not installed: run pip install --editable . --group dev first.")
