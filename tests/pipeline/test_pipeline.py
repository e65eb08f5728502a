"""Pipelines: what runs when, what failures do, what is measured."""

import threading
import time
from contextvars import ContextVar

import pytest

from tailor_lab.errors import InputError
from tailor_lab.pipeline import (
    Pipeline,
    PipelineError,
    SourceError,
    StageError,
    current,
    stage,
)


def double(number):
    return 2 * number


def add_one(double):
    return double + 1


def test_a_stage_gets_what_its_parameters_name() -> None:
    run = Pipeline([add_one, double]).run({"number": 4})
    assert run.ok
    assert run["add_one"] == 9
    assert [record.status for record in run.stages.values()] == ["ok", "ok"]


def test_a_decorated_stage_can_still_be_called() -> None:
    assert stage(retries=1)(double)(3) == 6


def test_after_orders_without_passing_data() -> None:
    seen: list[str] = []
    first = stage(lambda: seen.append("first"), name="first")
    second = stage(lambda: seen.append("second"), name="second", after=["first"])
    Pipeline([second, first]).run({})
    assert seen == ["first", "second"]


def test_a_default_is_used_where_the_item_brings_nothing() -> None:
    def scaled(number, factor=10):
        return number * factor

    pipeline = Pipeline([scaled])
    assert pipeline.run({"number": 2})["scaled"] == 20
    assert pipeline.run({"number": 2, "factor": 3})["scaled"] == 6
    assert pipeline.bind(factor=4).run({"number": 2})["scaled"] == 8
    assert pipeline.inputs == {"number"}


@pytest.mark.parametrize(
    ("stages", "says"),
    [
        ([stage(lambda b: 1, name="a"), stage(lambda a: 1, name="b")], "circle: a → b → a"),
        ([double, double], 'Two stages are named "double"'),
        ([stage(double, after=["nowhere"])], 'comes after "nowhere", which is not a stage'),
        ([lambda *rest: 1], "names each thing"),
    ],
)
def test_a_pipeline_that_cannot_be_is_refused_in_one_sentence(stages, says) -> None:
    with pytest.raises(PipelineError, match=says) as caught:
        Pipeline(stages)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rules", [{"retries": -1}, {"timeout": 0}, {"max_concurrency": 0}])
def test_rules_that_make_no_sense_are_refused(rules) -> None:
    with pytest.raises(PipelineError):
        stage(double, **rules)


def test_a_stage_whose_parameters_cannot_be_read_is_refused_by_name() -> None:
    with pytest.raises(PipelineError, match='Stage "lookup": what it takes cannot be read'):
        stage(ContextVar("x").get, name="lookup")


def test_a_missing_input_is_named() -> None:
    with pytest.raises(InputError, match='Item "x" lacks "number"'):
        Pipeline([double]).map([{"id": "x"}])


def test_one_failing_item_never_stops_the_others() -> None:
    def picky(number):
        if number == 3:
            raise ValueError("three is not wanted")
        return number

    batch = Pipeline([picky, stage(lambda picky: picky, name="later")]).map(
        [{"id": f"item-{i}", "number": i} for i in range(10)]
    )
    assert len(batch) == 10
    (failure,) = batch.failures
    assert isinstance(failure.error, StageError)
    assert str(failure.error) == 'Stage "picky" failed on item "item-3": three is not wanted'
    assert failure.stages["later"].status == "skipped"
    assert isinstance(failure.error.__cause__, ValueError)
    with pytest.raises(StageError):
        failure["later"]
    assert batch.frame.filter(~batch.frame["ok"])["error"].to_list() == [str(failure.error)]


def test_the_first_failure_is_raised_where_that_is_asked_for() -> None:
    def broken(number):
        raise ValueError("no")

    with pytest.raises(StageError, match="failed on item"):
        Pipeline([broken]).map([{"number": 1}], on_error="raise")


def test_a_flaky_stage_is_tried_again_and_the_attempts_are_counted() -> None:
    calls: list[int] = []

    @stage(retries=3)
    def flaky():
        calls.append(1)
        if len(calls) < 3:
            raise ConnectionError("try again")
        return current().attempt

    run = Pipeline([flaky]).run({})
    assert run["flaky"] == run.stages["flaky"].attempts == 3


def test_only_the_named_errors_are_tried_again() -> None:
    calls: list[int] = []

    @stage(retries=3, retry_on=(ConnectionError,))
    def wrong():
        calls.append(1)
        raise ValueError("this will not get better")

    assert not Pipeline([wrong]).run({}).ok
    assert len(calls) == 1


def test_a_stage_that_never_returns_does_not_hang_the_batch() -> None:
    forever = threading.Event()

    @stage(timeout=0.05)
    def stuck(number):
        if number == 1:
            forever.wait(60)
        return number

    batch = Pipeline([stuck]).map([{"number": i} for i in range(20)], n_jobs=2)
    forever.set()
    assert len(batch.failures) == 1
    assert "longer than its timeout of 0.05 s" in str(batch.failures[0].error)


def test_no_more_items_than_allowed_are_in_a_stage_at_once() -> None:
    lock, inside, most = threading.Lock(), [0], [0]

    @stage(max_concurrency=2)
    def narrow(number):
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        time.sleep(0.005)
        with lock:
            inside[0] -= 1

    assert not Pipeline([narrow]).map([{"number": i} for i in range(30)], n_jobs=8).failures
    assert most[0] == 2


def test_independent_stages_of_one_item_run_side_by_side() -> None:
    meeting = threading.Barrier(2, timeout=10)
    left = stage(lambda: meeting.wait() >= 0, name="left")
    right = stage(lambda: meeting.wait() >= 0, name="right")
    assert Pipeline([left, right]).run({}).ok


def test_there_is_no_barrier_between_items() -> None:
    """The first item's last stage can finish before the last item's first stage begins."""
    order: list[str] = []
    first = stage(lambda number: order.append(f"first-{number}"), name="first")
    second = stage(lambda first, number: order.append(f"second-{number}"), name="second")
    Pipeline([first, second]).map([{"number": i} for i in range(200)], n_jobs=2)
    assert order.index("second-0") < order.index("first-199")


def test_a_million_items_need_no_million_tasks() -> None:
    drawn = [0]

    def endless():
        while True:
            drawn[0] += 1
            yield {"number": drawn[0]}

    runs = Pipeline([double]).stream(endless(), n_jobs=4)
    for _ in range(10):
        next(runs)
    runs.close()
    assert drawn[0] < 100


def test_stream_yields_runs_as_they_finish() -> None:
    release = threading.Event()

    def waits(number):
        if number == 0:
            release.wait(10)
        return number

    runs = Pipeline([waits]).stream([{"number": i} for i in range(3)], n_jobs=2)
    assert next(runs)["waits"] == 1
    release.set()
    assert {run["waits"] for run in runs} == {0, 2}


def test_results_come_in_the_order_of_the_items() -> None:
    def sleepy(number):
        time.sleep(0.001 * (10 - number))
        return number

    batch = Pipeline([sleepy]).map([{"number": i} for i in range(10)], n_jobs=10)
    assert [run["sleepy"] for run in batch] == list(range(10))


def test_the_listener_hears_of_every_stage_and_run_once() -> None:
    class Ears:
        def __init__(self):
            self.stages, self.runs = [], []

        def stage_finished(self, record):
            self.stages.append((record.run_id, record.stage))

        def run_finished(self, run):
            self.runs.append(run.id)

    ears = Ears()
    Pipeline([double, add_one]).map([{"number": i} for i in range(20)], listener=ears)
    assert len(ears.stages) == len(set(ears.stages)) == 40
    assert len(ears.runs) == len(set(ears.runs)) == 20


def test_current_says_who_works_and_nobody_outside_of_a_stage() -> None:
    run = Pipeline([stage(current, name="who")]).run({"id": "item-1"})
    assert run["who"].item_id == "item-1"
    assert run["who"].run_id == run.id
    assert current() is None


def test_an_empty_batch_is_a_batch() -> None:
    batch = Pipeline([double]).map([])
    assert len(batch) == 0
    assert batch.performance.speedup >= 0


def test_what_was_drawn_before_the_source_broke_is_finished_and_kept() -> None:
    def items():
        yield {"number": 1}
        yield {"number": 2}
        raise OSError("the source is gone")

    with pytest.raises(SourceError, match="items broke: the source is gone") as caught:
        Pipeline([double]).map(items())
    assert [run["double"] for run in caught.value.batch] == [2, 4]
    assert isinstance(caught.value.__cause__, OSError)


def test_an_unknown_backend_is_refused_with_the_names_of_the_known() -> None:
    with pytest.raises(PipelineError, match='no joblib backend "nope"; there is .*loky'):
        Pipeline([double]).map([{"number": 1}], backend="nope")


def test_nothing_is_left_running() -> None:
    before = threading.active_count()
    Pipeline([double]).map([{"number": i} for i in range(50)], n_jobs=6)
    # The pool's threads are told to end and do so a moment later.
    limit = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < limit:
        time.sleep(0.01)
    assert threading.active_count() <= before
