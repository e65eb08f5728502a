"""Modules that were moved: the old name still works, and warns with the new one.

`moved.json` maps old names to new ones, both below `tailor_lab`. The finder stands last in
`sys.meta_path`, so it costs nothing until a name is asked for that no file has. Old and new name
are one module object: what is patched under one name is patched under the other.
"""

import json
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "tailor_lab"


class MovedModules(MetaPathFinder, Loader):
    """Finds the new home of a module by its old name."""

    def __init__(self) -> None:
        self._homes: dict[str, str] | None = None

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{PACKAGE}."):
            return None
        home = self._home_of(fullname.removeprefix(f"{PACKAGE}."))
        if home is None:
            return None
        return ModuleSpec(fullname, self, loader_state=f"{PACKAGE}.{home}")

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        new = str(spec.loader_state)
        warnings.warn(
            f"{spec.name} has moved to {new}; import it from there.",
            DeprecationWarning,
            stacklevel=2,
        )
        module = import_module(new)
        parent, _, name = spec.name.rpartition(".")
        exported = vars(sys.modules[parent]).get(name)
        if callable(exported) or hasattr(module, "__path__"):
            return _Alias(module, exported)
        # The import system gives the module the spec of its old name; `exec_module` gives it back.
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None and isinstance(spec.loader_state, ModuleSpec):
            module.__spec__ = spec.loader_state

    def _home_of(self, name: str) -> str | None:
        if self._homes is None:
            text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
            self._homes = json.loads(text)
        return self._homes.get(name)


class _Alias(ModuleType):
    """Stands for a moved module that cannot be the very same object under its old name.

    A module whose package exports a function of that name (`cache.replay`): importing it sets the
    package's attribute, which must still be callable. A package: its `__path__` would load its
    modules a second time.
    """

    def __init__(self, module: ModuleType, function: Any) -> None:
        super().__init__(module.__name__, module.__doc__)
        self.__dict__.update(_module=module, _function=function)
        if hasattr(module, "__path__"):
            self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_module"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(self.__dict__["_module"], name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.__dict__["_function"](*args, **kwargs)


def install() -> None:
    """Lets old names be imported; harmless when called twice."""
    if not any(isinstance(finder, MovedModules) for finder in sys.meta_path):
        sys.meta_path.append(MovedModules())
