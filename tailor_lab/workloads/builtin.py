"""The workloads that an experiment can name: built-in ones, and `module:object` of one's own."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError, TailorLabError
from tailor_lab.experiment.design import Experiment
from tailor_lab.experiment.workload import Measure, Workload
from tailor_lab.pipeline import Pipeline
from tailor_lab.workloads.tailoring import (
    MEASURES,
    KnowledgeWorkload,
    TailoringWorkload,
    has_tailoring_stages,
)

if TYPE_CHECKING:
    from tailor_lab.tailoring.knowledge.base import Knowledge

NAMED: Mapping[str, str] = MappingProxyType(
    {
        "tailoring": "tailor_lab.workloads.tailoring:workload",
        "caching": "tailor_lab.workloads.caching:workload",
    }
)
_UNNAMED = "custom"
"""What the log calls a pipeline that was handed over in Python."""


def workload_of(experiment: Experiment, knowledge: "Knowledge | None" = None) -> Workload:
    """The workload that an experiment holds or names, or one that serves its pipeline.

    Stages that take `knowledge` are given this one, by default that of the current settings.
    Raises `InputError` where it names what there is not.
    """
    from tailor_lab.tailoring.knowledge.opening import opened

    found = _found(experiment)
    if isinstance(found, KnowledgeWorkload):
        return found if found.knowledge else found.knowing(opened(knowledge))
    if found.pipeline.takes("knowledge"):
        return replace(found, pipeline=found.pipeline.bind(knowledge=opened(knowledge)))
    return found


def _found(experiment: Experiment) -> Workload:
    given = experiment.pipeline if experiment.workload is None else experiment.workload
    if isinstance(given, Workload):
        return given
    if isinstance(given, Pipeline):
        return _serving(given, _UNNAMED)
    key = "pipeline" if experiment.workload is None else "workload"
    folder = experiment.source.parent if experiment.source else Path.cwd()
    try:
        return _named(given, key, folder)
    except InputError as error:
        where = f"{experiment.source}: " if experiment.source else ""
        raise InputError(f"{where}{error}") from error


def built_in(name: str) -> Workload:
    """The workload that comes with the package under that name."""
    return _named(name, "workload", Path.cwd())


def usual_measure(name: str) -> Measure | None:
    """What a metric of that name is where its experiment names no other workload."""
    return next((measure for measure in MEASURES if measure.name == name), None)


def _named(name: str, key: str, folder: Path) -> Workload:
    if name in NAMED:
        module, _, made = NAMED[name].partition(":")
        found: Callable[[], Workload] = getattr(import_module(module), made)
        return found()
    module, colon, attribute = name.partition(":")
    if not (colon and module and attribute):
        known = ", ".join(f'"{known}"' for known in NAMED)
        raise InputError(
            f'There is no {key} "{name}"; use {known} or "module:object", '
            f"or pass a {key.capitalize()} in Python."
        )
    source = _module(module, name, folder)
    if not hasattr(source, attribute):
        public = [each for each in vars(source) if not each.startswith("_")]
        raise InputError(
            f'{key} "{name}": {source.__file__} has no "{attribute}"; it has {", ".join(public)}.'
        )
    return _made(getattr(source, attribute), f'{key} "{name}"', name)


def _made(value: Any, where: str, name: str) -> Workload:
    if callable(value) and not isinstance(value, Workload | Pipeline):
        try:
            value = value()
        except TailorLabError:
            raise
        except Exception as error:
            raise InputError(f"{where} cannot be made: {_in_words(error)}.") from error
    if isinstance(value, Pipeline):
        return _serving(value, name)
    if not isinstance(value, Workload):
        raise InputError(
            f"{where} is {type(value).__name__}; it must be a Workload, a Pipeline, or a function "
            "without arguments that returns one."
        )
    return value


def _serving(pipeline: Pipeline, name: str) -> Workload:
    """A workload for a pipeline that says nothing of itself."""
    from tailor_lab.tailoring.documents.formats import endings

    kind = TailoringWorkload if has_tailoring_stages(pipeline) else Workload
    return kind(name, pipeline, endings=endings())


def _module(module: str, name: str, folder: Path) -> ModuleType:
    """The module of that name next to the definition, else an installed one."""
    stem = folder.joinpath(*module.split("."))
    places = (stem.with_suffix(".py"), stem / "__init__.py")
    file = next((place.resolve() for place in places if place.is_file()), None)
    loaded = sys.modules.get(module)
    if file is None:
        return loaded or _imported(lambda: import_module(module), module, name, folder)
    if loaded is not None:
        if Path(getattr(loaded, "__file__", None) or "").resolve() != file:
            raise InputError(
                f'"{name}" means {file}, but another module is already loaded under the name '
                f'"{module}"; rename the file.'
            )
        return loaded
    if str(folder.resolve()) not in sys.path:
        # Last, so that it hides nothing: for what the module imports, and for worker processes.
        sys.path.append(str(folder.resolve()))
    return _imported(lambda: _executed(module, file), module, name, folder)


def _executed(module: str, file: Path) -> ModuleType:
    spec = spec_from_file_location(module, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be read as a module")
    made = module_from_spec(spec)
    sys.modules[module] = made
    try:
        spec.loader.exec_module(made)
    except BaseException:
        del sys.modules[module]
        raise
    return made


def _imported(load: Callable[[], ModuleType], module: str, name: str, folder: Path) -> ModuleType:
    try:
        return load()
    except ModuleNotFoundError as error:
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            raise InputError(
                f'"{name}": there is no module "{module}" in {folder} or among what is installed.'
            ) from None
        raise InputError(f'"{name}" cannot be imported: {_in_words(error)}.') from error
    except Exception as error:
        raise InputError(f'"{name}" cannot be imported: {_in_words(error)}.') from error


def _in_words(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0].removesuffix('.')}"
