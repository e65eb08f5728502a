"""Pipelines: stages that depend on each other, run over one item or over many."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import Any, Literal

from tailor_lab.errors import InputError
from tailor_lab.pipeline.graph import Graph, build
from tailor_lab.pipeline.performance import measure
from tailor_lab.pipeline.progress import Progress
from tailor_lab.pipeline.run import Batch, Listener, Run
from tailor_lab.pipeline.scheduler import item_id, schedule
from tailor_lab.pipeline.stage import Stage

Item = Mapping[str, Any]


class Pipeline:
    """Stages that run as soon as what they need is there.

    A stage depends on the stages that its parameters name; other parameters are inputs of the
    item. Raises `PipelineError` for circles, names used twice and unknown names.

    >>> def words(text): return text.split()
    >>> def count(words): return len(words)
    >>> Pipeline([words, count]).run({"text": "as fast as it goes"})["count"]
    5
    """

    def __init__(self, stages: Sequence[Stage | Callable[..., Any]], **bound: Any) -> None:
        self.graph: Graph = build(stages)
        self._bound = dict(bound)

    @property
    def stages(self) -> tuple[str, ...]:
        """The names of the stages, in an order in which they can run."""
        return tuple(self.graph.stages)

    @property
    def inputs(self) -> frozenset[str]:
        """What every item must bring."""
        return self.graph.required - self._bound.keys()

    def bind(self, **shared: Any) -> "Pipeline":
        """The same pipeline with inputs that are common to all items."""
        return Pipeline(list(self.graph.stages.values()), **{**self._bound, **shared})

    def run(
        self, inputs: Item, *, n_jobs: int | None = None, listener: Listener | None = None
    ) -> Run:
        """One item; stages that do not depend on each other run at once, on `n_jobs` threads."""
        jobs = n_jobs or max(1, min(8, len(self.graph.stages)))
        return next(iter(self.stream([inputs], n_jobs=jobs, listener=listener, progress=False)))

    def map(
        self,
        items: Iterable[Item],
        *,
        n_jobs: int = 8,
        backend: str = "threading",
        progress: bool | None = None,
        on_error: Literal["keep", "raise"] = "keep",
        listener: Listener | None = None,
    ) -> Batch:
        """Many items, no barrier between stages or items; the batch keeps the items' order.

        With `on_error="raise"` the first failure stops the rest and is raised.
        """
        clock = time.perf_counter()
        order: list[str] = []
        runs: list[Run] = []
        for run in self.stream(
            _noted(items, order),
            n_jobs=n_jobs,
            backend=backend,
            progress=progress,
            listener=listener,
        ):
            runs.append(run)
            if run.error is not None and on_error == "raise":
                raise run.error
        wall = time.perf_counter() - clock
        place = {name: i for i, name in enumerate(order)}
        runs.sort(key=lambda run: place[run.item_id])
        seconds = ({n: r.seconds for n, r in run.stages.items()} for run in runs)
        return Batch(tuple(runs), measure(self.graph, seconds, wall, _jobs(n_jobs)))

    def stream(
        self,
        items: Iterable[Item],
        *,
        n_jobs: int = 8,
        backend: str = "threading",
        progress: bool | None = None,
        listener: Listener | None = None,
    ) -> Iterator[Run]:
        """The run of every item as soon as it finishes."""
        total = len(items) if isinstance(items, Sized) else None
        with Progress(total, shown=progress) as bar:
            listeners = [found for found in (listener, bar) if found is not None]
            yield from schedule(
                self.graph,
                self._complete(items),
                n_jobs=_jobs(n_jobs),
                backend=backend,
                listeners=listeners,
            )

    def _complete(self, items: Iterable[Item]) -> Iterator[Item]:
        """Items with what is bound; one that lacks an input is refused by name."""
        for index, item in enumerate(items):
            inputs = {**self._bound, **item}
            missing = sorted(self.graph.required - inputs.keys())
            if missing:
                names = ", ".join(f'"{name}"' for name in missing)
                raise InputError(
                    f'Item "{item_id(index, item)}" lacks {names}, '
                    "which the pipeline's stages take as input."
                )
            yield inputs

    def __str__(self) -> str:
        lines = []
        for name in self.graph.stages:
            parents = [other for other in self.graph.stages if other in self.graph.parents[name]]
            lines.append(f"{name} ← {', '.join(parents)}" if parents else name)
        return "\n".join(lines)


def _noted(items: Iterable[Item], order: list[str]) -> Iterator[Item]:
    """The items, their ids noted in the order in which they come."""
    for index, item in enumerate(items):
        order.append(item_id(index, item))
        yield item


def _jobs(n_jobs: int) -> int:
    """The number of workers; a negative one counts back from the processors, as in joblib."""
    if n_jobs == 0:
        raise InputError("n_jobs is 0; use 1 or more, or -1 for every processor.")
    return n_jobs if n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + n_jobs)
