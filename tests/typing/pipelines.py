"""Stages keep the types of their functions; runs and batches have theirs."""

from typing import assert_type

from tailor_lab import Pipeline, stage
from tailor_lab.pipeline import Batch, Run, Stage, StageError


@stage
def words(text: str) -> list[str]:
    return text.split()


@stage(retries=2, timeout=30.0)
def count(words: list[str]) -> int:
    return len(words)


def shout(text: str) -> str:
    return text.upper()


assert_type(words("two words"), list[str])
assert_type(count(["two", "words"]), int)
assert_type(count.function(["one"]), int)
assert_type(count.name, str)
assert_type(count.retry_on, tuple[type[BaseException], ...])

by_call = stage(shout, name="loud")
assert_type(by_call("text"), str)
stages: list[Stage[..., object]] = [words, count, by_call]

pipeline = Pipeline([words, count, shout])
run = pipeline.run({"text": "two words"})
assert_type(run, Run)
assert_type(run.ok, bool)
assert_type(run.error, StageError | None)
assert_type(pipeline.map([{"text": "one"}], n_jobs=1), Batch)


def refused() -> None:
    words(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    stage(words, kind="gpu")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
