"""A workload: what a domain tells an experiment, so that experiments know no domain.

A `Workload` as it is serves a pipeline of one's own: its stages measure, the last of them that
returns more than numbers makes the output. A domain with more to say is a subclass that overrides
the methods. `workloads/tailoring.py` and `workloads/caching.py` are two; a definition names another
as `workload: module:object`.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tailor_lab.errors import InputError
from tailor_lab.identity import PACKAGE, source_hash
from tailor_lab.pipeline import Pipeline, Run

if TYPE_CHECKING:
    from tailor_lab.llm import Prompt
    from tailor_lab.llm.prompting.prompts import Messages

Kind = Literal["score", "binary", "cost", "latency"]
Better = Literal["higher", "lower"]

_NOT_SHOWN_TO_JUDGES = {
    *("llm", "prompt", "replicate", "knowledge"),
    # What a judge's prompt is given besides, and the names of what asks the judge.
    *("question", "answer", "answer_a", "answer_b", "criteria", "a", "b"),
}
_LONGEST_LABEL = 60


@dataclass(frozen=True)
class Measure:
    """A number that a workload gives of each run."""

    name: str
    kind: Kind = "score"
    """How it is compared: as a mean, a share of yes or no, a cost or a waiting time."""
    better: Better = "higher"
    """Which way is better."""
    unit: str = ""
    """What charts and sentences call it: "points", "USD", "ms"; "share" for 0 to 1."""


FAILED = "failed"
"""Whether a run failed, a metric that no stage measures."""
OF_EVERY_RUN = (
    Measure("duration_ms", "latency", "lower", "ms"),
    Measure(FAILED, "binary", "lower"),
)
"""What is known of every run, whatever its workload measures."""


@dataclass(frozen=True)
class Output:
    """The output of a run, and the documents that it is to be judged by."""

    value: Any
    """What the run made."""
    context: Mapping[str, Any] = field(default_factory=dict)
    """The documents, by name; a judge's prompt takes them by these names."""


@dataclass(frozen=True)
class Kept:
    """The output of a run as the log keeps it, and the people's names to leave out of it."""

    text: str
    """What reports and reviews show."""
    names: tuple[str, ...] = ()
    """The people's names, as they are written in the text."""


@dataclass(frozen=True)
class Workload:
    """What a domain tells an experiment; the methods are meant to be overridden."""

    name: str
    """What the log calls the pipeline of its runs."""
    pipeline: Pipeline
    """The stages that every run goes through."""
    needs: tuple[str, ...] = ()
    """The fields that each item must have."""
    documents: tuple[str, ...] | None = None
    """The fields of items that may name files; None for the usual ones of `load_items`."""
    endings: tuple[str, ...] | None = None
    """The endings of such files; None where whatever reads like a file's name is one."""
    measures: tuple[Measure, ...] | None = None
    """All that it measures, so that a wrong name costs nothing; None where nobody says."""
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    """The inputs that take one of a few values."""
    prompt: str | None = None
    """The prompt of variants that name none; None where such a variant has no prompt."""
    output_stage: str | None = None
    """The stage that makes the output; None for the last that returns more than numbers."""

    def output(self, run: Run, stage: str | None = None) -> Output:
        """What a finished run made, for judges and people; `stage` asks for another's result.

        Raises `InputError` where there is no such stage.
        """
        name = stage or self.output_stage or _last_with_words(run)
        if name not in run.results:
            known = ", ".join(run.results)
            raise InputError(f'There is no stage "{name}" to judge; there is {known}.')
        shown = {k: v for k, v in run.inputs.items() if k not in _NOT_SHOWN_TO_JUDGES}
        return Output(run.results[name], {k: v for k, v in shown.items() if v is not None})

    def show(self, value: Any) -> str:
        """An output, the `value` of an `Output`, as text that people read, line by line."""
        if isinstance(value, str):
            return value
        return json.dumps(value, ensure_ascii=False, indent=1, default=str)

    def kept(self, run: Run) -> Kept | None:
        """The output of a finished run for the log and the examples of reports; None without any.

        By default that is its output as it is shown, unless it is only numbers.
        """
        value = self.output(run).value
        return None if _only_numbers(value) else Kept(self.show(value))

    def row(self, run: Run) -> tuple[dict[str, Any], dict[str, float]]:
        """The columns that a run fills in the log, and the numbers that it measured.

        A stage's number counts under the stage's name, the numbers of a mapping under their keys.
        """
        found = (numbers_of(name, value) for name, value in run.results.items())
        return {}, {name: number for each in found for name, number in each}

    def attributes(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """What of an item can make segments: short labels and numbers."""
        return {name: value for name, value in item.items() if _is_label(value)}

    def spent_usd(self, run: Run) -> float | None:  # noqa: ARG002
        """What a finished run cost, for the progress line; None where that is not known."""
        return None

    def requests(
        self, item: Mapping[str, Any], prompt: "Prompt", settings: Mapping[str, Any]
    ) -> "Sequence[Messages]":
        """What the model would be sent for an item, to say the price before anything is sent.

        `settings` are what the variant sets. Nothing where nobody can say.
        """
        del item, prompt, settings
        return ()

    def code_version(self, stages: str) -> str:
        """What tells one state of the code that makes its results from another.

        `stages` is a hash of the code of its stages. Runs of another version are made again.
        """
        return f"{stages}+{source_hash(PACKAGE / 'llm')}"


def numbers_of(name: str, value: Any) -> Iterator[tuple[str, float]]:
    """The finite numbers that a stage of that name returned."""
    if isinstance(value, bool | int | float):
        if math.isfinite(value):
            yield name, float(value)
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, bool | int | float) and math.isfinite(inner):
                yield str(key), float(inner)


def _last_with_words(run: Run) -> str:
    names = list(run.stages)
    made = (name for name in reversed(names) if not _only_numbers(run.results.get(name)))
    return next(made, names[-1])


def _only_numbers(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_only_numbers, value.values()))
    return value is None or isinstance(value, bool | int | float)


def _is_label(value: Any) -> bool:
    short = isinstance(value, str) and len(value) <= _LONGEST_LABEL
    return short or isinstance(value, bool | int | float)
