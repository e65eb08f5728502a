"""Modules and names that were moved: the old name still works, and warns with the new one.

`moved.json` maps old names to new ones, both below `tailor_lab`. The finder stands last in
`sys.meta_path`, so it costs nothing until a name is asked for that no file has. Old and new name
are one module object: what is patched under one name is patched under the other.

A name that left a module which is still there has a colon, `"tailoring.resume:load_resume"`, and
that module says `__getattr__ = moved_names(__name__)`. It so keeps its old name without an import
of the module that has it now, which may well stand above it.
"""

import json
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "tailor_lab"
UNTIL = "The old name goes with version 0.3."


class MovedModules(MetaPathFinder, Loader):
    """Finds the new home of a module by its old name."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{PACKAGE}."):
            return None
        home = _homes().get(fullname.removeprefix(f"{PACKAGE}."))
        if home is None:
            return None
        return ModuleSpec(fullname, self, loader_state=f"{PACKAGE}.{home}")

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        new = str(spec.loader_state)
        warnings.warn(
            f"{spec.name} has moved to {new}; import it from there. {UNTIL}",
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


@lru_cache(maxsize=1)
def _homes() -> dict[str, str]:
    homes: dict[str, str] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return homes


def moved_names(module: str) -> Callable[[str], Any]:
    """The `__getattr__` of a module that some of its names have left.

    The name is not kept in the module: what is patched in its new home is seen under the old name.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 -- becomes the module's own
        home = _homes().get(f"{module.removeprefix(f'{PACKAGE}.')}:{name}")
        if home is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        place, _, new = home.partition(":")
        warnings.warn(
            f"{module}.{name} has moved to {PACKAGE}.{place}; import it from there. {UNTIL}",
            DeprecationWarning,
            stacklevel=2,
        )
        return getattr(import_module(f"{PACKAGE}.{place}"), new)

    return __getattr__


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
