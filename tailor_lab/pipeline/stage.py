"""Stages: named functions with the rules for calling them.

The parameters of a stage's function say what it needs: each names another stage, whose result it
gets, or an input of the item.
"""

import inspect
import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, overload

from tailor_lab.pipeline.errors import PipelineError, StageTimeoutError


@dataclass(frozen=True)
class Stage:
    """A function with a name, the order it asks for, and the rules for its failures."""

    function: Callable[..., Any]
    name: str
    after: tuple[str, ...] = ()
    retries: int = 0
    """Further attempts after the first one failed."""
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    timeout: float | None = None
    """Seconds that one attempt may take."""
    max_concurrency: int | None = None
    """How many items may be in this stage at once."""
    required: frozenset[str] = field(init=False)
    optional: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        needed, offered = _parameters(self.function, self.name)
        object.__setattr__(self, "required", needed)
        object.__setattr__(self, "optional", offered)
        if self.retries < 0:
            raise PipelineError(f'Stage "{self.name}": retries is {self.retries}; use 0 or more.')
        for rule in ("timeout", "max_concurrency"):
            value = getattr(self, rule)
            if value is not None and value <= 0:
                raise PipelineError(f'Stage "{self.name}": {rule} is {value}; use more than 0.')

    @property
    def parameters(self) -> frozenset[str]:
        """Every name that the function takes."""
        return self.required | self.optional

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the function itself, so that a decorated one can be used and tested as before."""
        return self.function(*args, **kwargs)


@overload
def stage(
    function: Callable[..., Any],
    /,
    *,
    name: str | None = ...,
    after: Iterable[str] = ...,
    retries: int = ...,
    retry_on: tuple[type[BaseException], ...] = ...,
    timeout: float | None = ...,
    max_concurrency: int | None = ...,
) -> Stage: ...
@overload
def stage(
    function: None = None,
    /,
    *,
    name: str | None = ...,
    after: Iterable[str] = ...,
    retries: int = ...,
    retry_on: tuple[type[BaseException], ...] = ...,
    timeout: float | None = ...,
    max_concurrency: int | None = ...,
) -> Callable[[Callable[..., Any]], Stage]: ...
def stage(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str | None = None,
    after: Iterable[str] = (),
    retries: int = 0,
    retry_on: tuple[type[BaseException], ...] = (Exception,),
    timeout: float | None = None,
    max_concurrency: int | None = None,
) -> Stage | Callable[[Callable[..., Any]], Stage]:
    """Makes a stage of a function, as a decorator or as a call.

    >>> @stage(retries=2, timeout=30.0)
    ... def double(number): return 2 * number
    >>> double.name, double.retries, double(4)
    ('double', 2, 8)
    """

    def make(target: Callable[..., Any]) -> Stage:
        return Stage(
            function=target,
            name=name or str(getattr(target, "__name__", type(target).__name__)),
            after=tuple(after),
            retries=retries,
            retry_on=retry_on,
            timeout=timeout,
            max_concurrency=max_concurrency,
        )

    return make if function is None else make(function)


@dataclass(frozen=True)
class StageContext:
    """Which run, item, stage and attempt the code that asks is working for."""

    run_id: str
    item_id: str
    stage: str
    attempt: int


_CURRENT: ContextVar[StageContext | None] = ContextVar("tailor_lab_stage", default=None)


def current() -> StageContext | None:
    """The stage that is running on this thread, or None outside of any."""
    return _CURRENT.get()


@dataclass(frozen=True)
class Outcome:
    """What calling a stage gave: a value, or the error of its last attempt."""

    value: Any
    error: BaseException | None
    attempts: int
    started: float
    seconds: float


def call(made: Stage, arguments: Mapping[str, Any], run_id: str, item_id: str) -> Outcome:
    """Calls a stage by its rules; an error is an outcome, never an exception."""
    started, clock = time.time(), time.perf_counter()
    error: BaseException | None = None
    attempt = 0
    for attempt in range(1, made.retries + 2):
        token = _CURRENT.set(StageContext(run_id, item_id, made.name, attempt))
        try:
            value = _attempt(made, arguments)
        except Exception as raised:  # noqa: BLE001 (an item's failure must not stop the others)
            error = raised
            if not isinstance(raised, made.retry_on):
                break
            if attempt <= made.retries:
                time.sleep(_backoff(attempt))
        else:
            return Outcome(value, None, attempt, started, time.perf_counter() - clock)
        finally:
            _CURRENT.reset(token)
    return Outcome(None, error, attempt, started, time.perf_counter() - clock)


def _attempt(made: Stage, arguments: Mapping[str, Any]) -> Any:
    if made.timeout is None:
        return made.function(**arguments)
    # A thread cannot be stopped from outside, only left behind: so the attempt gets one of its
    # own, a daemon that cannot keep the process alive, and the worker goes on without it.
    box: list[Any] = []
    context = copy_context()

    def work() -> None:
        try:
            box.append((True, context.run(made.function, **arguments)))
        except BaseException as raised:  # noqa: BLE001 (raised again on the worker's thread)
            box.append((False, raised))

    thread = threading.Thread(target=work, name=f"stage-{made.name}", daemon=True)
    thread.start()
    thread.join(made.timeout)
    if not box:
        raise StageTimeoutError(f"it took longer than its timeout of {made.timeout:g} s")
    succeeded, value = box[0]
    if not succeeded:
        raise value
    return value


def _backoff(attempt: int) -> float:
    """Seconds to wait before the next attempt: doubling, at most 10, with full jitter."""
    return random.uniform(0.0, min(10.0, 0.1 * 2**attempt))


def _parameters(function: Callable[..., Any], name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function needs and those that have a default."""
    required: set[str] = set()
    optional: set[str] = set()
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            raise PipelineError(
                f'Stage "{name}" takes *{parameter.name}; a stage names each thing it needs.'
            )
        if parameter.kind is parameter.POSITIONAL_ONLY:
            raise PipelineError(
                f'Stage "{name}": "{parameter.name}" is positional only; a stage is called by name.'
            )
        (required if parameter.default is parameter.empty else optional).add(parameter.name)
    return frozenset(required), frozenset(optional)
