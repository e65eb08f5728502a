"""What installed packages add: formats, sources and the like, found by their entry points.

An entry point reaches every process that has the package, command line and remote workers too,
which a function called in one notebook would not. Nothing is imported until the group is asked for.
"""

import warnings
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import TypeVar

T = TypeVar("T")


def installed(group: str, kind: type[T]) -> tuple[T, ...]:
    """The values of `kind` that installed packages offer in a group, by the names of the entries.

    One that cannot be loaded, or is something else, is left out with a warning that names it: what
    has nothing to do with it still works.
    """
    found: list[T] = []
    for entry in sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value)):
        package = entry.dist.name if entry.dist is not None else "an installed package"
        try:
            value = entry.load()
        except Exception as error:  # noqa: BLE001 -- whatever another package's import raises
            problem = f"{type(error).__name__}: {error}"
        else:
            if isinstance(value, kind):
                found.append(value)
                continue
            problem = f"it is a {type(value).__name__}, not a {kind.__name__}"
        warnings.warn(
            f'"{entry.name}" of {package} ({group}) is not used: {problem}. Repair or uninstall '
            f"{package}.",
            stacklevel=2,
        )
    return tuple(found)


def any_of(words: Iterable[str], joint: str = "or") -> str:
    """Words as a list in a sentence, each once.

    >>> any_of([".md", ".pdf", ".docx"])
    '.md, .pdf or .docx'
    """
    *first, last = dict.fromkeys(words)
    return f"{', '.join(first)} {joint} {last}" if first else last


def offered(group: str) -> dict[str, EntryPoint]:
    """The entries of a group by their names; nothing is imported before one is loaded.

    Of several packages that offer the same name, the one first in the alphabet is taken.
    """
    found = sorted(entry_points(group=group), key=lambda entry: (entry.name, entry.value))
    return {entry.name: entry for entry in reversed(found)}
