"""People as judges: blind pairs, one after the other, each verdict in the log as it is given.

Which output stands on the left is drawn from the reviewer's name and the run, and nothing shown
names a variant. A verdict is a row of `scores` of kind "human": 1 where the variant won, -1 where
the baseline did, 0 for a tie; what a reviewer has judged is not shown again.
"""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from tailor_lab.errors import InputError
from tailor_lab.experiment.plan import Bench, Cell, Plan
from tailor_lab.experiment.run.judges import finished_runs
from tailor_lab.experiment.run.outputs import outputs
from tailor_lab.experiment.workload import Output
from tailor_lab.identity import digest

if TYPE_CHECKING:
    from tailor_lab.runlog import RunLog

Choice = Literal["a", "b", "tie", "skip"]
METRIC = "human_preferred"
KEYS: Mapping[str, Choice] = {"a": "a", "b": "b", "t": "tie", "s": "skip"}
_SEPARATOR = " · "
_WORDS = {1: "win", 0: "tie", -1: "loss"}
_HELP = "a or b for the better one, t for a tie, s to skip, q to stop"
_LABELS = "select run_id, label from scores where experiment = ? and metric = ? and kind = 'human'"


@dataclass(frozen=True)
class Pair:
    """A variant's run beside the baseline's, on the same item."""

    cell: Cell
    run_id: str
    baseline_run_id: str
    baseline: Output
    variant: Output


class Review:
    """A reviewer's pairs: `current` is shown, `answer` takes the verdict and goes on.

    In a notebook the review shows itself; in a terminal `ask()` goes through it.
    `log` takes the verdicts, `question` is what the reviewer is asked; `show` makes the text that
    is seen of an output.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        log: "RunLog",
        *,
        experiment: str,
        plan_hash: str,
        reviewer: str,
        question: str,
        metric: str = METRIC,
        show: Callable[[Any], str] = str,
    ) -> None:
        if not reviewer.strip() or _SEPARATOR in reviewer:
            raise InputError("A review needs the reviewer's name, to keep people's labels apart.")
        self.reviewer = reviewer
        self.question = question
        self.metric = metric
        self._log = log
        self._show = show
        self._shared = {"experiment": experiment, "plan_hash": plan_hash, "metric": metric}
        rows = log.sql(_LABELS, [experiment, metric]).iter_rows()
        done = {run for run, label in rows if str(label).endswith(f"{_SEPARATOR}{reviewer}")}
        # In an order of the reviewer's own, so that a review that ends early is a fair sample.
        mine = sorted(pairs, key=lambda pair: digest([reviewer, pair.run_id]))
        self._pairs = [pair for pair in mine if pair.run_id not in done]
        self.total = len(mine)
        self.labelled = self.total - len(self._pairs)

    @property
    def left(self) -> int:
        """How many pairs are still to be judged, skipped ones not counted."""
        return len(self._pairs)

    @property
    def current(self) -> tuple[str, str] | None:
        """The two texts of the pair that is to be judged, A and B; None at the end."""
        if not self._pairs:
            return None
        pair = self._pairs[0]
        base, variant = _texts(self._show(pair.baseline.value), self._show(pair.variant.value))
        return (variant, base) if self._variant_first(pair) else (base, variant)

    def answer(self, choice: Choice) -> None:
        """Writes the verdict on the current pair to the log and goes on to the next.

        `choice` is "a", "b", "tie" or "skip". Raises `InputError` for another, and where nothing is
        left.
        """
        if choice not in get_args(Choice):
            raise InputError(f"The answer is {choice!r}; use {', '.join(get_args(Choice))}.")
        if not self._pairs:
            raise InputError("There is nothing left to judge.")
        pair = self._pairs.pop(0)
        if choice == "skip":
            return
        variant = "a" if self._variant_first(pair) else "b"
        value = 0 if choice == "tie" else 1 if choice == variant else -1
        self._record(pair, pair.baseline_run_id, None, 0, "baseline")
        self._record(pair, pair.run_id, pair.cell.variant.name, value, _WORDS[value])
        self.labelled += 1

    def ask(self, read: Callable[[str], str] = input, show: Callable[[str], object] = print) -> int:
        """Goes through the pairs in a terminal, by single keys; returns how many were judged.

        `read` asks for a key and `show` prints, for tests and for other terminals.
        """
        before = self.labelled
        while (shown := self.current) is not None:
            show(f"\n{self.question}  ({self.labelled} of {self.total} judged)")
            for name, text in zip("AB", shown, strict=True):
                show(f"--- {name} ---\n{_printable(text)}")
            key = read(f"{_HELP}: ").strip().lower()
            if key == "q":
                break
            if key in KEYS:
                self.answer(KEYS[key])
            else:
                show(f'"{_printable(key)}" is none of the keys.')
        return self.labelled - before

    def html(self) -> str:
        """The current pair as HTML; every text is escaped."""
        shown = self.current
        if shown is None:
            return f"<p>All done: {self.labelled} of {self.total} judged. Thank you.</p>"
        columns = "".join(
            f'<td style="vertical-align:top;text-align:left;width:50%"><b>{name}</b>'
            f'<pre style="white-space:pre-wrap">{html.escape(text)}</pre></td>'
            for name, text in zip("AB", shown, strict=True)
        )
        return (
            f"<p><b>{html.escape(self.question)}</b> ({self.labelled} of {self.total} judged)</p>"
            f'<table style="width:100%"><tr>{columns}</tr></table>'
        )

    def widget(self) -> Any:
        """The review for a notebook: buttons, and a field that takes the keys a, b, t and s.

        Raises `InputError` where ipywidgets is not installed.
        """
        try:
            import ipywidgets
        except ImportError:
            raise InputError(
                'The widget needs ipywidgets: pip install "tailor-lab[lab]"; or use ask().'
            ) from None
        page = ipywidgets.HTML(self.html())
        keys = ipywidgets.Text(placeholder="click here, then a, b, t or s", continuous_update=True)

        def choose(choice: Choice) -> None:
            if self.current is not None:
                self.answer(choice)
            page.value = self.html()

        def typed(change: Mapping[str, Any]) -> None:
            key = str(change["new"]).strip().lower()
            if key:
                keys.value = ""
            if key in KEYS:
                choose(KEYS[key])

        keys.observe(typed, names="value")
        buttons = []
        for key, choice in KEYS.items():
            words = {"a": "A is better", "b": "B is better", "tie": "Tie", "skip": "Skip"}
            button = ipywidgets.Button(description=f"{words[choice]} ({key})")
            button.on_click(lambda _, choice=choice: choose(choice))
            buttons.append(button)
        return ipywidgets.VBox([page, ipywidgets.HBox([*buttons, keys])])

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(self.widget())  # type: ignore[no-untyped-call]

    def __repr__(self) -> str:
        return f"Review({self.labelled} of {self.total} judged by {self.reviewer})"

    def _variant_first(self, pair: Pair) -> bool:
        return int(digest(["place", self.reviewer, pair.run_id]), 16) % 2 == 0

    def _record(self, pair: Pair, run_id: str, variant: str | None, value: int, word: str) -> None:
        row = {
            **self._shared,
            "run_id": run_id,
            "item_id": pair.cell.item.id,
            "kind": "human",
            "value": value,
            "label": f"{word}{_SEPARATOR}{self.reviewer}",
        }
        self._log.record("scores", {**row, **({"variant": variant} if variant else {})})


def review_of(
    plan: Plan,
    bench: Bench,
    *,
    reviewer: str,
    question: str,
    variants: Sequence[str] | None = None,
    stage: str | None = None,
    limit: int | None = None,
) -> Review:
    """The finished runs of a plan as pairs for a person; `limit` is the number of items.

    Shown is what `stage` returned: by default what the plan's judges see.
    """
    experiment, baseline = plan.experiment, str(plan.experiment.baseline)
    for name in variants or ():
        experiment.variant(name)
    items = list(dict.fromkeys(cell.item.id for cell in plan.cells))[:limit]
    cells = [c for c in plan.cells if c.item.id in set(items) and c.replicate == 0]
    runs = finished_runs(cells, bench.log, experiment.name)
    beside = {c.item.id: c for c in cells if c.variant.name == baseline and c.id in runs}
    wanted = [
        cell
        for cell in cells
        if cell.id in runs
        and cell.item.id in beside
        and cell.variant.name != baseline
        and (variants is None or cell.variant.name in variants)
    ]
    if not wanted:
        raise InputError(
            f'There are no finished runs of "{experiment.name}" to review. Run it first.'
        )
    shown = stage or next((ready.judge.stage for ready in plan.judges), None)
    made = outputs(plan, [*wanted, *beside.values()], bench, stage=shown)
    pairs = [
        Pair(cell, runs[cell.id], runs[other.id], made[other.id], made[cell.id])
        for cell in wanted
        if (other := beside[cell.item.id])
    ]
    return Review(
        pairs,
        bench.log,
        experiment=experiment.name,
        plan_hash=plan.hash,
        reviewer=reviewer,
        question=question,
        show=plan.workload.show,
    )


def _texts(first: str, second: str) -> tuple[str, str]:
    """Both without the lines that they share, where there is enough else to see."""
    one, other = first.splitlines(), second.splitlines()
    shared = set(one) & set(other)
    if len(shared) < 5:
        return "\n".join(one), "\n".join(other)
    note = f"[{len(shared)} lines are the same in both]"
    a, b = ([line for line in lines if line not in shared] for lines in (one, other))
    return "\n".join([*a, note]), "\n".join([*b, note])


def _printable(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else "�" for c in text)
