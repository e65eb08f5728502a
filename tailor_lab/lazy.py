"""Packages whose names are loaded when they are first used.

A package imports under `TYPE_CHECKING` what it offers and lists it in `__all__`; where each name is
found is read from those import statements, so that it is not written a second time:

    __getattr__, __dir__ = lazy_names(__name__)
"""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any


def lazy_names(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and `__dir__` of a package."""
    homes: dict[str, tuple[str, str]] = {}

    def find(name: str) -> Any:
        if not homes:
            homes.update(_homes(package))
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, original = homes[name]
        return getattr(import_module(module), original)

    def listed() -> list[str]:
        namespace = vars(sys.modules[package])
        return sorted({*namespace["__all__"], *(n for n in namespace if n.startswith("__"))})

    return find, listed


def _homes(package: str) -> dict[str, tuple[str, str]]:
    """Where each name is that a package imports for the type checker alone."""
    import ast  # not needed to start the command line, and not small

    # Not by `inspect`, which asks modules for names that they do not have, and so this function.
    tree = ast.parse(Path(str(sys.modules[package].__file__)).read_text(encoding="utf-8"))
    guarded = (
        node
        for node in tree.body
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    )
    return {
        alias.asname or alias.name: (str(found.module), alias.name)
        for node in guarded
        for found in node.body
        if isinstance(found, ast.ImportFrom)
        for alias in found.names
    }
