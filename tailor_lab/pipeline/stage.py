"""Stages: named functions with the rules for calling them.

The parameters of a stage's function say what it needs: each names another stage, whose result it
gets, or an input of the item.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, ParamSpec, TypeVar, overload

from tailor_lab.pipeline.errors import PipelineError

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
Kind = Literal["io", "cpu"]
LONGEST_TIMEOUT_S = 1e6
_NOTHING: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())


@dataclass(frozen=True)
class Caching:
    """Where a stage's results are kept: what `cache.wrap` of the bound `cache` is called with."""

    namespace: str
    key: tuple[str, ...] | None = None
    """The parameters that tell results apart; all of them where None."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Handed on to `wrap`: `ttl`, `stale_for`, `tags`, `cost`."""


@dataclass(frozen=True)
class Stage(Generic[P, R_co]):
    """A function with a name, the order it asks for, and the rules for calling it."""

    function: Callable[P, R_co]
    name: str
    after: tuple[str, ...] = ()
    """Stages that must be through first, though nothing is taken from them."""
    retries: int = 0
    """Further attempts after the first one failed."""
    retry_on: tuple[type[BaseException], ...] = (Exception,)
    """The exceptions after which an attempt is repeated."""
    timeout: float | None = None
    """Seconds that one attempt may take. A function that takes longer cannot be stopped: it is left
    behind on a thread of its own, and no longer counts for `max_concurrency`."""
    max_concurrency: int | None = None
    """How many items may be in this stage at once."""
    rate: float | None = None
    """How many attempts may start in a minute, over all workers."""
    when: Callable[..., Any] | None = None
    """Takes parameters as a stage does; where it gives false, the stage is skipped."""
    cache: Caching | None = None
    """Under which namespace and key its results are kept; None keeps none."""
    kind: Kind = "io"
    """`cpu` sends the stage to a process while the others stay on threads."""
    required: frozenset[str] = field(init=False)
    optional: frozenset[str] = field(init=False)
    condition: frozenset[str] = field(init=False)
    """The parameters of `when`."""
    demands: frozenset[str] = field(init=False)
    """The parameters of the function and of `when` that have no default."""

    def __post_init__(self) -> None:
        needed, offered = _parameters(self.function, self.name)
        asked, asked_maybe = _parameters(self.when, f"{self.name}, when") if self.when else _NOTHING
        object.__setattr__(self, "required", needed)
        object.__setattr__(self, "optional", offered)
        object.__setattr__(self, "condition", asked | asked_maybe)
        object.__setattr__(self, "demands", needed | asked)
        if not isinstance(self.retries, int) or self.retries < 0:
            raise PipelineError(f'Stage "{self.name}": retries is {self.retries!r}; use 0 or more.')
        for rule in ("timeout", "max_concurrency", "rate"):
            value = getattr(self, rule)
            if value is not None and not (isinstance(value, int | float) and value > 0):
                raise PipelineError(f'Stage "{self.name}": {rule} is {value!r}; use more than 0.')
        if self.timeout is not None and self.timeout > LONGEST_TIMEOUT_S:
            raise PipelineError(f'Stage "{self.name}": timeout is {self.timeout:g}; leave it out.')
        if self.kind not in {"io", "cpu"}:
            raise PipelineError(f'Stage "{self.name}": kind is "{self.kind}"; use "io" or "cpu".')
        unknown = set(self.cache.key or ()) - self.parameters if self.cache else set()
        if unknown:
            raise PipelineError(
                f'Stage "{self.name}": the cache key names "{min(unknown)}", which the stage does '
                f"not take; it takes {', '.join(sorted(self.parameters))}."
            )

    @property
    def parameters(self) -> frozenset[str]:
        """Every name that the function takes."""
        return self.required | self.optional

    @property
    def limited(self) -> bool:
        """Whether its starts are counted over all workers."""
        return self.max_concurrency is not None or self.rate is not None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Calls the function itself, so that a decorated one can be used and tested as before."""
        return self.function(*args, **kwargs)


@overload
def stage(
    function: Callable[P, R],
    /,
    *,
    name: str | None = ...,
    after: Iterable[str] = ...,
    retries: int = ...,
    retry_on: type[BaseException] | tuple[type[BaseException], ...] = ...,
    timeout: float | None = ...,
    max_concurrency: int | None = ...,
    rate: float | None = ...,
    when: Callable[..., Any] | None = ...,
    cache: str | Mapping[str, Any] | None = ...,
    kind: Kind = ...,
) -> Stage[P, R]: ...
@overload
def stage(
    function: None = None,
    /,
    *,
    name: str | None = ...,
    after: Iterable[str] = ...,
    retries: int = ...,
    retry_on: type[BaseException] | tuple[type[BaseException], ...] = ...,
    timeout: float | None = ...,
    max_concurrency: int | None = ...,
    rate: float | None = ...,
    when: Callable[..., Any] | None = ...,
    cache: str | Mapping[str, Any] | None = ...,
    kind: Kind = ...,
) -> Callable[[Callable[P, R]], Stage[P, R]]: ...
def stage(
    function: Callable[P, R] | None = None,
    /,
    *,
    name: str | None = None,
    after: Iterable[str] = (),
    retries: int = 0,
    retry_on: type[BaseException] | tuple[type[BaseException], ...] = (Exception,),
    timeout: float | None = None,
    max_concurrency: int | None = None,
    rate: float | None = None,
    when: Callable[..., Any] | None = None,
    cache: str | Mapping[str, Any] | None = None,
    kind: Kind = "io",
) -> Stage[P, R] | Callable[[Callable[P, R]], Stage[P, R]]:
    """Makes a stage of a function, as a decorator or as a call.

    `timeout` is in seconds, `rate` in attempts a minute. A function that exceeds its timeout cannot
    be stopped; it is left behind on a thread of its own and holds no place any more. `cache` is a
    namespace or a mapping with `namespace`, `key` (names of parameters) and what else `wrap` of the
    cache takes; the cache is what the pipeline has bound under the name `cache`, and without one
    the stage simply runs.
    A stage that `when` skips leaves no result: what needs it is skipped too, what has a default
    for it uses that.
    `after` names stages that must be through first, though nothing is taken from them. `retry_on`
    are the exceptions after which an attempt is repeated, `max_concurrency` is how many items may
    be in the stage at once, and `kind="cpu"` sends it to a process.

    >>> @stage(retries=2, timeout=30.0)
    ... def double(number): return 2 * number
    >>> double.name, double.retries, double(4)
    ('double', 2, 8)
    """

    def make(target: Callable[P, R]) -> Stage[P, R]:
        own = name or str(getattr(target, "__name__", type(target).__name__))
        return Stage(
            function=target,
            name=own,
            after=tuple(after),
            retries=retries,
            retry_on=retry_on if isinstance(retry_on, tuple) else (retry_on,),
            timeout=timeout,
            max_concurrency=max_concurrency,
            rate=rate,
            when=when,
            cache=_caching(own, cache),
            kind=kind,
        )

    return make if function is None else make(function)


def _caching(name: str, given: str | Mapping[str, Any] | None) -> Caching | None:
    if given is None or isinstance(given, str):
        return None if given is None else Caching(given)
    options = {k: v for k, v in given.items() if k not in {"namespace", "key"}}
    key = given.get("key")
    return Caching(
        namespace=str(given.get("namespace", name)),
        key=None if key is None else (key,) if isinstance(key, str) else tuple(key),
        options=options,
    )


def _parameters(function: Callable[..., Any], name: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a function needs and those that have a default."""
    required: set[str] = set()
    optional: set[str] = set()
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise PipelineError(
            f'Stage "{name}": what it takes cannot be read; wrap it in a function of your own.'
        ) from None
    for parameter in signature.parameters.values():
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
