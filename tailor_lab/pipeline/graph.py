"""The graph of a pipeline: which stage needs which, in what order, and what the items bring."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tailor_lab.pipeline.errors import PipelineError
from tailor_lab.pipeline.stage import Stage, stage


@dataclass(frozen=True)
class Graph:
    """Stages by name in an order in which they can run."""

    stages: Mapping[str, Stage]
    parents: Mapping[str, frozenset[str]]
    """Stages that must have finished before this one."""
    children: Mapping[str, tuple[str, ...]]
    height: Mapping[str, int]
    """Stages on the longest way from this one to an end: what is high up starts first."""
    required: frozenset[str]
    """Inputs that every item must bring."""
    optional: frozenset[str] = field(default=frozenset())
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

    def arguments(
        self, name: str, results: Mapping[str, Any], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What to call a stage with."""
        made = self.stages[name]
        values = {p: results[p] for p in made.parameters & self.stages.keys()}
        values |= {p: inputs[p] for p in made.required - self.stages.keys()}
        return values | {p: inputs[p] for p in made.optional - self.stages.keys() if p in inputs}


def build(stages: Sequence[Stage | Callable[..., Any]]) -> Graph:
    """The graph of the stages; `PipelineError` names a circle, a name twice or an unknown one."""
    made = [item if isinstance(item, Stage) else stage(item) for item in stages]
    by_name: dict[str, Stage] = {}
    for item in made:
        if item.name in by_name:
            raise PipelineError(
                f'Two stages are named "{item.name}"; give one another name with stage(fn, name=…).'
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
        item.name: frozenset((item.parameters & by_name.keys()) | set(item.after)) for item in made
    }
    order = _sorted(parents)
    children: dict[str, list[str]] = {name: [] for name in order}
    for name in order:
        for parent in sorted(parents[name], key=order.index):
            children[parent].append(name)
    height: dict[str, int] = {}
    for name in reversed(order):
        height[name] = 1 + max((height[child] for child in children[name]), default=0)
    required = frozenset().union(*(item.required for item in made)) - by_name.keys()
    optional = frozenset().union(*(item.optional for item in made)) - by_name.keys() - required
    return Graph(
        stages={name: by_name[name] for name in order},
        parents=parents,
        children={name: tuple(found) for name, found in children.items()},
        height=height,
        required=required,
        optional=optional,
    )


def _sorted(parents: Mapping[str, frozenset[str]]) -> list[str]:
    """Names in an order in which parents come first, else as they were listed."""
    order: list[str] = []
    path: list[str] = []

    def visit(name: str) -> None:
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise PipelineError(f"The stages depend on each other in a circle: {circle}.")
        if name not in order:
            path.append(name)
            for parent in parents:
                if parent in parents[name]:
                    visit(parent)
            path.pop()
            order.append(name)

    for name in parents:
        visit(name)
    return order
