"""Watching an experiment: counters and the means so far, drawn again while runs are recorded."""

import time
from typing import TYPE_CHECKING, Any

from tailor_lab.charts import trend

if TYPE_CHECKING:
    import altair as alt

    from tailor_lab.runlog import RunLog
    from tailor_lab.runlog.follow import RunProgress


def watch(
    log: "RunLog", experiment: str | None, *, metric: str, every_s: float, for_s: float | None
) -> None:
    """Shows where things stand every `every_s` seconds: in a notebook in one place, updated."""
    filters = {} if experiment is None else {"experiment": experiment}
    words, picture = _Place(), _Place()
    shown = None
    until = None if for_s is None else time.monotonic() + for_s
    while True:
        now = log.progress(metric, **filters)
        if now.runs != shown:
            shown = now.runs
            words.show({"text/plain": str(now)})
            if now.course.height:
                chart = draw(now)
                shown_as = chart._repr_mimebundle_()
                picture.show(shown_as[0] if isinstance(shown_as, tuple) else shown_as)
        if until is not None and time.monotonic() >= until:
            return
        time.sleep(every_s)


def draw(progress: "RunProgress") -> "alt.Chart":
    """The mean so far of each variant, over time."""
    course = progress.course.select(
        period="recorded_at", value="value", n="n", group="variant", moving_mean="value"
    )
    unit = "points" if progress.metric in {"improvement", "score_after"} else ""
    return trend(
        course, title=means(progress), subtitle=str(progress), name=progress.metric, unit=unit
    )


def means(progress: "RunProgress") -> str:
    """The mean of each variant so far, in words."""
    last = progress.course.group_by("variant", maintain_order=True).last()
    found = [
        f"{variant or 'all'} {value:+.2f}" for variant, value in last["variant", "value"].rows()
    ]
    return f"{progress.metric} so far: {', '.join(found)}"


class _Place:
    """A place in a notebook's output that is shown once and then updated."""

    def __init__(self) -> None:
        self._handle: Any = None

    def show(self, bundle: Any) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(bundle, raw=True)
