"""The graph of a pipeline: which stage needs which, in what order, and what the items bring."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tailor_lab.pipeline.errors import PipelineError
from tailor_lab.pipeline.stage import Stage, stage

COLUMNS = ("item_id", "ok", "error", "seconds")
"""What a batch says of each item beside the results of its stages."""


@dataclass(frozen=True, slots=True)
class Work:
    """A stage with all that one call of it needs."""

    stage: Stage[..., Any]
    arguments: dict[str, Any]
    condition: dict[str, Any] | None
    """Arguments of `when`, if the stage has one."""
    cache: Any
    """What offers `wrap`, if the stage is to be cached and a cache is bound."""


@dataclass(frozen=True)
class Graph:
    """Stages by name in an order in which they can run."""

    stages: Mapping[str, Stage[..., Any]]
    parents: Mapping[str, frozenset[str]]
    """Stages that must have finished before this one."""
    children: Mapping[str, tuple[str, ...]]
    required: frozenset[str]
    """Inputs that every item must bring."""
    optional: frozenset[str]
    """Inputs that items may bring, for parameters that have defaults."""

    def descendants(self, name: str) -> set[str]:
        """Every stage that depends on this one."""
        found: set[str] = set()
        waiting = list(self.children[name])
        while waiting:
            child = waiting.pop()
            if child not in found:
                found.add(child)
                waiting += self.children[child]
        return found

    def lacks(self, name: str, passed: Collection[str]) -> bool:
        """Whether a stage cannot run because its condition or another's left out what it needs."""
        return bool(passed) and not self.stages[name].demands.isdisjoint(passed)

    def work(self, name: str, results: Mapping[str, Any], inputs: Mapping[str, Any]) -> Work:
        """What to call a stage with; a parameter without a value keeps its default."""
        made = self.stages[name]
        arguments: dict[str, Any] = {}
        for parameter in made.parameters:
            if parameter in results:
                arguments[parameter] = results[parameter]
            elif parameter in inputs and parameter not in self.stages:
                arguments[parameter] = inputs[parameter]
        condition = None
        if made.when is not None:
            condition = {
                p: (results if p in self.stages else inputs)[p]
                for p in made.condition
                if p in (results if p in self.stages else inputs)
            }
        cache = inputs.get("cache") if made.cache is not None else None
        return Work(made, arguments, condition, cache)

    def needs(self, name: str) -> frozenset[str]:
        """Stages whose results travel with this one."""
        made = self.stages[name]
        return (made.parameters | made.condition) & self.stages.keys()

    def missing(self, inputs: Mapping[str, Any]) -> list[str]:
        """Inputs that an item lacks, sorted."""
        return sorted(self.required - inputs.keys())

    def first_that_takes(self, name: str) -> str:
        """The first stage that takes this input."""
        for made in self.stages.values():
            if name in made.parameters | made.condition:
                return made.name
        return next(iter(self.stages))

    def longest(self, seconds: Mapping[str, float]) -> dict[str, float]:
        """For each stage the seconds of the longest way from its start to an end."""
        way: dict[str, float] = {}
        for name in reversed(tuple(self.stages)):
            rest = max((way[child] for child in self.children[name]), default=0.0)
            way[name] = seconds.get(name, 0.0) + rest
        return way

    def critical_path(self, seconds: Mapping[str, float] | None = None) -> list[str]:
        """The stages of the longest way; counted in stages where no seconds are given."""
        way = self.longest(seconds or dict.fromkeys(self.stages, 1.0))
        path: list[str] = []
        choice: Collection[str] = [name for name in self.stages if not self.parents[name]]
        while choice:
            path.append(max(choice, key=way.__getitem__))
            choice = self.children[path[-1]]
        return path

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Pairs of a stage and one that waits for it, without those that others imply."""
        found: list[tuple[str, str]] = []
        for parent in self.stages:
            implied = {d for child in self.children[parent] for d in self.descendants(child)}
            found += [(parent, c) for c in self.children[parent] if c not in implied]
        return found

    @property
    def depth(self) -> dict[str, int]:
        """How many stages stand before each, on the longest way."""
        depth: dict[str, int] = {}
        for name in self.stages:
            depth[name] = max((depth[parent] + 1 for parent in self.parents[name]), default=0)
        return depth

    @property
    def width(self) -> int:
        """How many stages can run at once at most: a set of such has one of any chain."""
        return len(self.stages) - len(self.critical_path()) + 1


def build(stages: Sequence[Stage[..., Any] | Callable[..., Any]]) -> Graph:
    """The graph of the stages; `PipelineError` names a circle, a name twice or an unknown one."""
    made = [item if isinstance(item, Stage) else stage(item) for item in stages]
    if not made:
        raise PipelineError("A pipeline needs at least one stage.")
    by_name: dict[str, Stage[..., Any]] = {}
    for item in made:
        if item.name in by_name:
            raise PipelineError(
                f'Two stages are named "{item.name}"; give one another name with stage(fn, name=…).'
            )
        if item.name in COLUMNS:
            raise PipelineError(
                f'A stage cannot be named "{item.name}", which is a column of every batch; '
                "give it another name with stage(fn, name=…)."
            )
        by_name[item.name] = item
    for item in made:
        for name in item.after:
            if name not in by_name:
                raise PipelineError(
                    f'Stage "{item.name}" comes after "{name}", which is not a stage here; '
                    f"there is {', '.join(by_name)}."
                )
    parents = {
        item.name: frozenset(
            ((item.parameters | item.condition) & by_name.keys()) | set(item.after)
        )
        for item in made
    }
    order = _sorted(parents)
    children: dict[str, list[str]] = {name: [] for name in order}
    for name in order:
        for parent in sorted(parents[name], key=order.index):
            children[parent].append(name)
    required = frozenset().union(*(item.demands for item in made)) - by_name.keys()
    offered = frozenset().union(*(item.parameters | item.condition for item in made))
    optional = offered - by_name.keys() - required
    return Graph(
        stages={name: by_name[name] for name in order},
        parents=parents,
        children={name: tuple(found) for name, found in children.items()},
        required=required,
        optional=optional,
    )


def _sorted(parents: Mapping[str, frozenset[str]]) -> list[str]:
    """Names in an order in which parents come first, else as they were listed."""
    order: list[str] = []
    done: set[str] = set()
    for start in parents:
        path: list[str] = []
        # A stack of our own: a chain of thousands of stages would exhaust Python's.
        stack = [(start, iter([p for p in parents if p in parents[start]]))]
        path.append(start)
        while stack:
            name, rest = stack[-1]
            parent = next((p for p in rest if p not in done), None)
            if parent is None:
                stack.pop()
                path.pop()
                if name not in done:
                    done.add(name)
                    order.append(name)
            elif parent in path:
                circle = " → ".join((*path[path.index(parent) :], parent))
                raise PipelineError(f"The stages depend on each other in a circle: {circle}.")
            else:
                path.append(parent)
                stack.append((parent, iter([p for p in parents if p in parents[parent]])))
    return order
