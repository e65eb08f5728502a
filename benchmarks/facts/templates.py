"""The templates of the case files: each is one wording of one kind, applied by one edit.

Within a kind the templates of the first batch belong to the development and the test part in turn.
Those of the second batch were written later and belong to the development part, so that the test
part stays what it was.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import yaml

from benchmarks.facts.draft import SPLITS, Draft, Split
from benchmarks.facts.edits import EDITS
from benchmarks.facts.edits.registry import CASES

FRAME = frozenset(("name", "edit", "batch", "wording", "wordings", "either_way"))
"""The keys of a block that are not options of its edit."""


@dataclass(frozen=True)
class Template:
    """One way to change a résumé, of a batch and with a name that no other of its kind has."""

    name: str
    second: bool
    change: Callable[[Draft], None]


@dataclass(frozen=True)
class Kind:
    """A kind of fabrication or legitimate edit with its templates, in the order of the files."""

    name: str
    what: str
    soft: bool
    templates: tuple[Template, ...]

    def of(self, split: Split) -> tuple[Template, ...]:
        """The templates that belong to a part."""
        turns = [template for template in self.templates if not template.second]
        later = [template for template in self.templates if template.second]
        return (*turns[SPLITS.index(split) :: 2], *(later if split == "development" else ()))


def read(file: Path) -> dict[str, Any]:
    """A case file as it is."""
    content: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return content


def files(key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The case files that have a key such as templates or people, by name."""
    for file in sorted(CASES.glob("*.yaml")):
        content = read(file)
        if key in content:
            yield file, content


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """All kinds by name, in the order of kinds.yaml."""
    named = read(CASES / "kinds.yaml")["kinds"]
    found: dict[str, dict[str, Template]] = {name: {} for name in named}
    for file, content in files("templates"):
        for kind, blocks in content["templates"].items():
            for block in blocks:
                for template in _templates(block, found[kind]):
                    if template.name in found[kind]:
                        raise ValueError(f"{file.name}: {kind} has two templates {template.name}")
                    found[kind][template.name] = template
    return {
        name: Kind(name, about["what"], about.get("soft", False), tuple(found[name].values()))
        for name, about in named.items()
    }


def _templates(block: Mapping[str, Any], known: Mapping[str, Template]) -> Iterator[Template]:
    """The templates of a block; a block of the same name before it is continued."""
    options = {key: value for key, value in block.items() if key not in FRAME}
    change = partial(EDITS[block["edit"]], **options)
    name, second = block["name"], block.get("batch") == "second"
    wordings = [way for one, two in block.get("either_way", ()) for way in ((one, two), (two, one))]
    wordings += block.get("wordings", ())
    if not wordings:
        given = (block["wording"],) if "wording" in block else ()
        yield Template(name, second, _applied(change, *given))
    start = sum(other.rpartition("_")[0] == name for other in known)
    for number, wording in enumerate(wordings, start):
        yield Template(f"{name}_{number}", second, _applied(change, wording))


def _applied(change: Callable[..., None], *wording: Any) -> Callable[[Draft], None]:
    return lambda draft: change(draft, *wording)
