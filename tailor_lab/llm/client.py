"""The one client: any OpenAI-compatible server, or the offline model, through the same code.

A call goes through the cache, then through attempts: each is sent by the `openai` package, read,
validated and recorded; what may succeed later is tried again. The client's own retries are off, so
that every attempt is seen. An `LLM` can be pickled; in another process it builds its connection
anew from its settings.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tailor_lab.llm.completion import Attempt, Completion, Usage
from tailor_lab.llm.errors import LLMError, ServerUnreachableError, TruncatedError
from tailor_lab.llm.failures import body_of, translate, wants_no_format
from tailor_lab.llm.prices import cost_usd
from tailor_lab.llm.providers import OFFLINE, Target, resolve
from tailor_lab.llm.structured import FORMS, Form, Schema, read, strict_json_schema
from tailor_lab.llm.wire import DIALECTS, Answer, Api, Message
from tailor_lab.settings import Settings

if TYPE_CHECKING:
    import openai

Listener = Callable[[Attempt], None]


class LLM:
    """A model, wherever it runs: `offline`, `openai:gpt-…`, `local:…`.

    `cache` is any object with the `wrap`, `get` and `set` of `tailor_lab.Cache`; `listener` is
    called with an `Attempt` for each request, on the thread that made it.
    """

    def __init__(
        self,
        model: str = OFFLINE,
        *,
        settings: Settings | None = None,
        cache: Any = None,
        listener: Listener | None = None,
        namespace: str = "llm",
        api: Api = "chat",
        retries: int = 6,
        timeout: float = 60.0,
    ) -> None:
        self.settings = settings or Settings.load()
        self.target: Target = resolve(model, self.settings)
        self.model = model
        self.cache = cache
        self.listener = listener
        self.namespace = namespace
        self.api: Api = api
        self.retries = retries
        self.timeout = timeout
        self._form: Form = "schema"
        self._reached = False
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None

    def __repr__(self) -> str:
        return f"LLM({self.target.name})"

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_lock"], state["_client"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()
        self._client = None

    def complete(
        self,
        messages: Sequence[Message],
        schema: Schema | None = None,
        *,
        replicate: int = 0,
        **params: Any,
    ) -> Completion:
        """The model's answer to `messages`, parsed into `schema` where one is given.

        `params` go to the server as they are (`temperature`, `max_tokens`, `seed`, `logprobs` …).
        `replicate` keeps repetitions of one request apart in the cache. Raises an `LLMError` that
        names server, model and what to do.
        """
        call = Call.of(self, messages, schema, replicate, params)
        if self.cache is None:
            return self._completion(self._fetch(call), schema, cached=False)
        fetched: list[dict[str, Any]] = []

        def fetch() -> dict[str, Any]:
            fetched.append(self._fetch(call))
            return fetched[0]

        state = self.cache.wrap(self.namespace, call.key, fetch)
        if not fetched:
            self._record_cached(call, state)
        return self._completion(state, schema, cached=not fetched)

    def close(self) -> None:
        """Closes the connections; the next call opens them anew."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _completion(
        self, state: Mapping[str, Any], schema: Schema | None, *, cached: bool
    ) -> Completion:
        value = read(state["text"], schema) if schema is not None else None
        return Completion._revive(state, value, cached=cached)

    def _fetch(self, call: "Call") -> dict[str, Any]:
        """Attempts until one succeeds or no further one may."""
        spent = Spent()
        began = time.perf_counter()
        while True:
            try:
                answer = self._attempt(call, spent)
            except LLMError as error:
                if wants_no_format(error) and self._weaken():
                    continue
                self._wait_or_raise(error, spent)
                continue
            completion = Completion(
                text=answer.text,
                value=None,
                usage=spent.usage,
                cost_usd=spent.cost_usd,
                seconds=time.perf_counter() - began,
                model=answer.model,
                provider=self.target.provider,
                finish_reason=answer.finish_reason,
                attempts=spent.attempts,
                logprobs=answer.logprobs,
            )
            return completion._state()

    def _attempt(self, call: "Call", spent: "Spent") -> Answer:
        """One request, recorded whatever becomes of it."""
        spent.attempts += 1
        at, began = datetime.now(UTC), time.perf_counter()
        answer: Answer | None = None
        failure: LLMError | None = None
        status: int | None = 200
        try:
            answer = self._send(call)
            self._reached = True
            if call.schema is not None:
                if answer.finish_reason == "length":
                    raise TruncatedError(
                        f"{self.target.name} stopped at its token limit before the answer was "
                        "complete. Allow more with max_tokens=."
                    )
                read(answer.text, call.schema)
        except LLMError as error:
            failure, status = error, error.http_status
            raise
        finally:
            usage = answer.usage if answer else None
            cost = self._cost(usage, answer.model) if answer and usage else None
            spent.add(usage, cost, answered=answer is not None)
            self._record(
                call,
                at=at,
                attempt=spent.attempts,
                seconds=time.perf_counter() - began,
                answer=answer,
                usage=usage,
                cost_usd=cost,
                error_type=type(failure).__name__ if failure else None,
                http_status=status,
            )
        return answer

    def _send(self, call: "Call") -> Answer:
        import httpx2
        import openai

        dialect = DIALECTS[self.api]
        body = dialect.body(self.target.model, call.messages, call.schema, self._form, call.sent)
        try:
            response = self._connection().post(
                dialect.path,
                body=body,
                cast_to=httpx2.Response,
                options={"timeout": call.timeout, "max_retries": 0},
            )
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise translate(error, self.target, timeout_s=call.timeout) from error
        return dialect.answer(body_of(response.content, self.target), self.target)

    def _wait_or_raise(self, error: LLMError, spent: "Spent") -> None:
        first_contact = isinstance(error, ServerUnreachableError) and not self._reached
        if not error.retryable or first_contact or spent.attempts > self.retries:
            raise error
        time.sleep(pause_s(error, spent.attempts))

    def _weaken(self) -> bool:
        """Asks for structure in the next weaker form from now on, if there is one."""
        weaker = FORMS.index(self._form) + 1
        if weaker == len(FORMS):
            return False
        self._form = FORMS[weaker]
        return True

    def _cost(self, usage: Usage, model: str) -> float | None:
        target = self.target
        for name in (model, target.model):
            cost = cost_usd(usage, name, provider=target.priced_as, own=target.prices)
            if cost is not None:
                return cost
        return None

    def _connection(self) -> "openai.OpenAI":
        with self._lock:
            if self._client is None:
                import httpx2
                import openai

                http_client: httpx2.Client | None = None
                if self.target.provider == OFFLINE:
                    from tailor_lab.llm.offline.transport import OfflineTransport

                    transport = OfflineTransport(latency_ms=self.settings.offline_latency_ms)
                    http_client = httpx2.Client(transport=transport)
                key = self.target.key
                self._client = openai.OpenAI(
                    # The client wants a key even where the server wants none.
                    api_key=key.get_secret_value() if key else "none",
                    base_url=self.target.base_url,
                    max_retries=0,
                    http_client=http_client,
                )
            return self._client

    def _record(self, call: "Call", *, answer: Answer | None = None, **fields: Any) -> None:
        if self.listener is None:
            return
        attempt = Attempt(
            operation=DIALECTS[self.api].operation,
            provider=self.target.provider,
            request_model=self.target.model,
            server=self.target.server,
            parameters=call.params,
            output_type="json" if call.schema is not None else "text",
            response_model=answer.model if answer else None,
            response_id=answer.id if answer else None,
            finish_reason=answer.finish_reason if answer else None,
            prompt=call.prompt,
            prompt_hash=call.prompt_hash,
            content_ref=call.content_ref,
            **fields,
        )
        self.listener(attempt)

    def _record_cached(self, call: "Call", state: Mapping[str, Any]) -> None:
        self._record(
            call,
            at=datetime.now(UTC),
            attempt=0,
            seconds=0.0,
            usage=Usage(**state["usage"]),
            cost_usd=0.0,
            cached=True,
        )


@dataclass(frozen=True)
class Call:
    """One request as the caller made it, with the key under which its answer is kept."""

    messages: list[dict[str, Any]]
    schema: Schema | None
    params: Mapping[str, Any]
    sent: Mapping[str, Any]
    """The parameters that go over the wire."""
    timeout: float
    key: list[Any]
    prompt: str | None
    prompt_hash: str | None

    @classmethod
    def of(
        cls,
        llm: LLM,
        messages: Sequence[Message],
        schema: Schema | None,
        replicate: int,
        params: Mapping[str, Any],
    ) -> "Call":
        """The call, with everything that changes its answer in its key."""
        plain = [dict(message) for message in messages]
        sent = {name: value for name, value in params.items() if name != "timeout"}
        timeout = float(params.get("timeout", llm.timeout))
        if llm.target.provider == OFFLINE:
            from tailor_lab.llm.offline import VERSION

            served_by = f"{OFFLINE} {VERSION}"
            if replicate:
                # Its answers depend on the request alone, so that a replicate must change it.
                sent.setdefault("seed", replicate)
        else:
            served_by = llm.target.base_url
        wanted = strict_json_schema(schema) if schema is not None else None
        key = [llm.target.provider, served_by, llm.target.model, llm.api, plain, wanted, sent]
        return cls(
            messages=plain,
            schema=schema,
            params=dict(params),
            sent=sent,
            timeout=timeout,
            key=[*key, replicate],
            prompt=getattr(messages, "prompt", None),
            prompt_hash=getattr(messages, "prompt_hash", None),
        )

    @property
    def content_ref(self) -> str:
        """Hash of the request, which names it without telling it."""
        text = json.dumps(self.key, sort_keys=True, ensure_ascii=False, default=repr)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass
class Spent:
    """What a call has used up so far, over its attempts."""

    attempts: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = 0.0

    def add(self, usage: Usage | None, cost: float | None, *, answered: bool) -> None:
        """Adds an attempt; an answer without a known price makes the sum unknown."""
        if usage is not None:
            self.usage += usage
        if answered:
            known = cost is not None and self.cost_usd is not None
            self.cost_usd = self.cost_usd + cost if known else None  # type: ignore[operator]


def pause_s(error: LLMError, attempt: int) -> float:
    """Seconds before the next attempt: what the server asked for, else 0.25, 0.5, … at most 8.

    A thirtieth of jitter to a half keeps many callers from coming back at once.
    """
    import random

    asked = getattr(error, "retry_after", None)
    if asked is not None:
        return float(asked) * random.uniform(1.0, 1.05)
    return min(0.25 * 2.0 ** (attempt - 1), 8.0) * random.uniform(0.5, 1.0)
