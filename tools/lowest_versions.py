"""Prints the lowest versions that pyproject.toml allows, as constraints for pip.

`make test-lowest` installs with them, so that a lower bound nobody tries cannot stay. Development
tools are left free, unless the package needs them itself. Run as `python -m tools.lowest_versions`.
"""

import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version


def lowest_versions(project: dict[str, Any]) -> list[str]:
    """One constraint per dependency, required or optional: `name==lowest; marker`.

    Raises `ValueError` for a dependency without a lower bound.

    >>> lowest_versions({"dependencies": ["tqdm>=4.66,!=4.67"], "optional-dependencies": {}})
    ['tqdm==4.66']
    """
    optional: dict[str, list[str]] = project.get("optional-dependencies", {})
    texts = [*project["dependencies"], *(text for extra in optional.values() for text in extra)]
    lowest: dict[tuple[str, str], Version] = {}
    for requirement in map(Requirement, texts):
        key = requirement.name.lower(), str(requirement.marker or "")
        bound = _bound(requirement)
        lowest[key] = max(bound, lowest.get(key, bound))
    return [_constraint(name, marker, version) for (name, marker), version in lowest.items()]


def _bound(requirement: Requirement) -> Version:
    bounds = [Version(s.version) for s in requirement.specifier if s.operator in {">=", "==", "~="}]
    if not bounds:
        raise ValueError(
            f'pyproject.toml: "{requirement}" has no lower bound. '
            "Write the lowest version that passes `make test-lowest`, such as >=1.2."
        )
    return max(bounds)


def _constraint(name: str, marker: str, version: Version) -> str:
    return f"{name}=={version}" + (f"; {marker}" if marker else "")


def _print(lines: Iterable[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    file = Path(__file__).parents[1] / "pyproject.toml"
    _print(lowest_versions(tomllib.loads(file.read_text(encoding="utf-8"))["project"]))
