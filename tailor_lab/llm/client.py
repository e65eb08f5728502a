"""The one client: any OpenAI-compatible server, or the offline model, through the same code.

A call goes through the cache, then through attempts (`exchange`): each is sent by the `openai`
package, read, validated and recorded; what may succeed later is tried again. The package's own
retries are off, so that every attempt is seen. An `LLM` can be pickled; in another process it
builds its connection anew from its settings.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from tailor_lab.errors import InputError
from tailor_lab.llm.breaker import RequestBreaker
from tailor_lab.llm.completion import Completion, Embeddings, Usage
from tailor_lab.llm.errors import LLMError, NotRecordedError
from tailor_lab.llm.parameters import merged
from tailor_lab.llm.providers import OFFLINE, ModelTarget, resolve
from tailor_lab.llm.spending.budget import Budget
from tailor_lab.llm.spending.limits import Limiter, Limits
from tailor_lab.llm.spending.state import FileState, MemoryState, RedisState, SharedState
from tailor_lab.llm.transport.call import Call
from tailor_lab.llm.transport.connection import default_timeout_s
from tailor_lab.llm.transport.exchange import Exchange, ExchangeOutcome, Listener
from tailor_lab.llm.transport.stream import OnText
from tailor_lab.llm.transport.structured import Schema, read_answer
from tailor_lab.llm.transport.wire import DIALECTS, EMBEDDINGS, Api, Message
from tailor_lab.settings import Settings

RETRIES = 6
Mode = Literal["use", "refresh", "offline-only"]
"""What the cache is for: to answer, to be written anew, or to be the only source."""
_ABSENT = "\0absent"
RETRIES = 6


class LLM:
    """A model, wherever it runs: `offline`, `openai:gpt-…`, `local:…`.

    `cache` is any object with the `wrap`, `get` and `set` of `tailor_lab.Cache`; `listener` is
    called with an `Attempt` for each request, on the thread that made it. `mode` says what the
    cache is for: "use" asks it first, "refresh" writes it anew, "offline-only" takes nothing else.
    `limits`, those of `experiments/providers.yaml` where none are given, are shared by all
    processes of the same home folder, or of the same Redis where `REDIS_URL` is set. `budget` is
    what may be spent. `retries` counts repeats of what failed on the way, 6 by default; a bad
    answer is asked again at most twice, a request that timed out once, with twice the time.
    `timeout` is in seconds, 60 for a whole attempt by default; where the answer is streamed, or the
    server is on this machine or network (300 there), it is for the silence between two pieces.
    `max_tokens` is how long an answer may be where a call says nothing else. What is not given is
    that of the settings, else of the provider's entry in `experiments/providers.yaml`. `params`
    replace those of every call, None takes one out. With `hedge_after` seconds a late answer is
    asked for a second time, and the first to come counts. `breaker` ends, for all clients that
    share it, what a server refuses alike. `api` is "chat" or "responses", `settings` those of the
    environment unless given. Raises `InputError` for a model without a server or a key.

    >>> llm = LLM("offline")
    >>> llm.complete([{"role": "user", "content": "The ward was busy."}]).text
    'The ward was busy.'
    """

    def __init__(
        self,
        model: str = OFFLINE,
        *,
        settings: Settings | None = None,
        cache: Any = None,
        listener: Listener | None = None,
        namespace: str = "llm",
        mode: Mode = "use",
        api: Api = "chat",
        limits: Limits | None = None,
        budget: Budget | None = None,
        retries: int | None = None,
        timeout: float | None = None,
        max_tokens: int | None = None,
        params: Mapping[str, Any] | None = None,
        hedge_after: float | None = None,
        breaker: RequestBreaker | None = None,
    ) -> None:
        if mode not in get_args(Mode):
            raise InputError(f'The mode "{mode}" is none of {", ".join(get_args(Mode))}.')
        if mode != "use" and cache is None:
            raise InputError(f'The mode "{mode}" needs a cache.')
        self.settings = settings or Settings.load()
        self.model = model
        self.cache = cache
        self.namespace = namespace
        self.mode: Mode = mode
        self.api: Api = api
        self.target: ModelTarget = resolve(model, self.settings)
        own, entry = self.settings, self.target
        usual_s = default_timeout_s(self.target)
        self.timeout: float = _first(timeout, own.timeout_s, entry.timeout_s, usual_s)
        self.retries: int = _first(retries, own.retries, entry.retries, RETRIES)
        self.max_tokens: int | None = _first(max_tokens, own.max_tokens, entry.max_tokens)
        self.params: Mapping[str, Any] = dict(params or {})
        self.breaker = breaker
        self._exchange = Exchange(
            self.target,
            limiter=_limiter(self.target, limits or self.target.limits, self.settings),
            budget=budget,
            listener=listener,
            retries=self.retries,
            hedge_after_s=hedge_after,
            latency_ms=self.settings.offline_latency_ms,
            home=self.settings.home,
        )

    def __repr__(self) -> str:
        return f"LLM({self.target.name})"

    @property
    def listener(self) -> Listener | None:
        """Called with an `Attempt` for each request, on the thread that made it."""
        return self._exchange.listener

    @listener.setter
    def listener(self, listener: Listener | None) -> None:
        self._exchange.listener = listener

    @property
    def budget(self) -> Budget | None:
        """What may be spent, if that is limited."""
        return self._exchange.budget

    def complete(
        self,
        messages: Sequence[Message],
        schema: Schema | None = None,
        *,
        replicate: int = 0,
        on_text: OnText | None = None,
        **params: Any,
    ) -> Completion:
        """The model's answer to `messages`, parsed into `schema` where one is given.

        `params` go to the server as they are (`temperature`, `max_tokens`, `seed`, `logprobs` …),
        but for `timeout`, in seconds, and with what the client was given. `replicate` keeps
        repetitions of one request apart in the cache. With `on_text` the answer is streamed: it is
        called with each piece, and an answer that does not begin as the JSON that was asked for is
        left at once. Raises an `LLMError` that names server, model and what to do, `InputError` for
        streaming by another api than "chat".
        """
        if on_text is not None and self.api != "chat":
            raise InputError('Streaming needs api="chat".')
        call = Call.of(
            self.target,
            DIALECTS[self.api],
            messages,
            schema,
            replicate=replicate,
            timeout_s=float(params.pop("timeout", self.timeout)),
            params=self.sent(params),
            on_text=on_text,
        )
        state, cached = self._obtain(call, lambda: self._completed(self._exchanged(call)))
        if cached and on_text is not None:
            on_text(state["text"])
        if schema is None:
            return Completion._revive(state, None, cached=cached)
        cut = state.get("finish_reason") == "length"
        answer = read_answer(state["text"], schema, cut=cut)
        return Completion._revive(state, answer.value, cached=cached, reading=answer.notes)

    def embed(self, texts: Sequence[str], **params: Any) -> Embeddings:
        """A vector for each text, by an embedding model. Raises as `complete` does.

        `texts` are one or more, else `InputError`; `params` go to the server as they are.
        """
        if not texts:
            raise InputError("There is no text to embed.")
        call = Call.of(
            self.target,
            EMBEDDINGS,
            [{"content": text} for text in texts],
            None,
            replicate=0,
            timeout_s=float(params.pop("timeout", self.timeout)),
            params=params,
        )
        state, cached = self._obtain(call, lambda: self._embedded(self._exchanged(call)))
        return Embeddings(**{**state, "usage": Usage(**state["usage"])}, cached=cached)

    def sent(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a completion that is asked for with `params`, as they are sent."""
        usual = {} if self.max_tokens is None else {"max_tokens": self.max_tokens}
        return merged({**usual, **self.target.extra_body}, params, self.params)

    def expected_cost_usd(
        self, messages: Sequence[Message], schema: Schema | None = None, *, output_tokens: int
    ) -> float | None:
        """About what a completion would cost, before it is asked for; None without a price.

        `messages` and `schema` are those of `complete`; `output_tokens` is a guess.
        """
        call = Call.of(
            self.target, DIALECTS[self.api], messages, schema, replicate=0, timeout_s=1, params={}
        )
        usage = Usage(call.expected_input(), output_tokens)
        return self._exchange.cost(usage, self.target.model)

    def close(self) -> None:
        """Closes the connections; the next call opens them anew."""
        self._exchange.close()

    def _obtain(
        self, call: Call, fetch: Callable[[], dict[str, Any]]
    ) -> tuple[dict[str, Any], bool]:
        """The state of an answer, and whether it came from the cache."""
        if self.cache is None:
            return fetch(), False
        if self.mode == "refresh":
            state = fetch()
            self.cache.set(self.namespace, call.key, state)
            return state, False
        if self.mode == "offline-only":
            state = self.cache.get(self.namespace, call.key, _ABSENT)
            if state == _ABSENT:
                raise NotRecordedError(
                    f"No recorded answer of {self.target.name} to this request "
                    f"({call.content_ref[:12]}), and mode is offline-only. Run it once with a "
                    "network, or with mode use."
                )
            self._record_cached(call, state)
            return state, True
        fetched: list[dict[str, Any]] = []

        def fetch_once() -> dict[str, Any]:
            fetched.append(fetch())
            return fetched[0]

        state = self.cache.wrap(
            self.namespace, call.key, fetch_once, cost=lambda value: value["cost_usd"] or 0.0
        )
        if not fetched:
            self._record_cached(call, state)
        return state, not fetched

    def _exchanged(self, call: Call) -> ExchangeOutcome:
        """What the server answered, unless it is known that it refuses every request."""
        if self.breaker is None:
            return self._exchange.run(call)
        self.breaker.check()
        try:
            return self._exchange.run(call)
        except LLMError as error:
            self.breaker.note(error)
            raise

    def _record_cached(self, call: Call, state: Mapping[str, Any]) -> None:
        self._exchange.record(
            call,
            at=datetime.now(UTC),
            attempt=0,
            seconds=0.0,
            usage=Usage(**state["usage"]),
            cost_usd=0.0,
            cached=True,
            response_model=state["model"],
            reply=state.get("text"),
            adapted=tuple(state.get("adapted") or ()),
        )

    def _completed(self, outcome: ExchangeOutcome) -> dict[str, Any]:
        completion = Completion(
            text=outcome.answer.text,
            value=None,
            usage=outcome.spent.usage,
            cost_usd=outcome.spent.cost_usd,
            seconds=outcome.seconds,
            model=outcome.model,
            provider=self.target.provider,
            finish_reason=outcome.answer.finish_reason,
            attempts=outcome.spent.attempts,
            first_token_s=outcome.first_token_s,
            logprobs=outcome.answer.logprobs,
            adapted=outcome.adapted,
            warnings=outcome.warnings,
        )
        return completion._state()

    def _embedded(self, outcome: ExchangeOutcome) -> dict[str, Any]:
        return {
            "vectors": outcome.answer.vectors,
            "usage": vars(outcome.spent.usage),
            "cost_usd": outcome.spent.cost_usd,
            "seconds": outcome.seconds,
            "model": outcome.model,
            "provider": self.target.provider,
        }


def _first(*given: Any) -> Any:
    """The first that is given; None where none is."""
    return next((value for value in given if value is not None), None)


def _limiter(target: ModelTarget, limits: Limits | None, settings: Settings) -> Limiter:
    """The limiter of a server and model, shared as far as the settings reach."""
    state: SharedState = MemoryState()
    if limits is not None:
        name = hashlib.sha256(f"{target.base_url} {target.model}".encode()).hexdigest()[:16]
        if settings.redis_url is not None:
            state = RedisState(settings.redis_url.get_secret_value(), f"tailor_lab:limits:{name}")
        else:
            state = FileState(settings.home / "limits" / f"{name}.json")
    return Limiter(limits or Limits(), state)
