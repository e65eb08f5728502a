"""Exchanges with one server: attempts at a call until one succeeds, each limited and recorded."""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tailor_lab.llm.completion import Attempt, Usage
from tailor_lab.llm.errors import (
    BadAnswerError,
    BudgetError,
    LLMError,
    RateLimitedError,
    ServerUnreachableError,
    TruncatedError,
)
from tailor_lab.llm.providers import ModelTarget
from tailor_lab.llm.spending.budget import Budget, Expense
from tailor_lab.llm.spending.limits import Limiter
from tailor_lab.llm.spending.prices import service_tier
from tailor_lab.llm.transport.call import Call, Spent, pause_s
from tailor_lab.llm.transport.connection import connect
from tailor_lab.llm.transport.failures import body_of, translate, wants_no_format
from tailor_lab.llm.transport.hedge import hedged
from tailor_lab.llm.transport.stream import Gathered
from tailor_lab.llm.transport.structured import FORMS, Form, read
from tailor_lab.llm.transport.wire import WireAnswer

if TYPE_CHECKING:
    import openai

Listener = Callable[[Attempt], None]


@dataclass(frozen=True)
class ExchangeOutcome:
    """A good answer and all that it took."""

    answer: WireAnswer
    spent: Spent
    model: str
    seconds: float
    first_token_s: float | None


@dataclass
class Received:
    """What one attempt brought so far; filled in as it goes, so that a failure keeps its part."""

    body: Mapping[str, Any] | None = None
    answer: WireAnswer | None = None
    headers: Mapping[str, str] | None = None
    first_token_s: float | None = None


class Exchange:
    """The connection to one server; picklable, and built anew in another process."""

    def __init__(
        self,
        target: ModelTarget,
        *,
        limiter: Limiter,
        budget: Budget | None,
        listener: Listener | None,
        retries: int,
        hedge_after_s: float | None,
        latency_ms: float,
    ) -> None:
        self.target = target
        self.limiter = limiter
        self.budget = budget
        self.listener = listener
        self.retries = retries
        self.hedge_after_s = hedge_after_s
        self.latency_ms = latency_ms
        self._form: Form = "schema"
        self._reached = False
        self._lock = threading.Lock()
        self._client: openai.OpenAI | None = None

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_lock"], state["_client"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = threading.Lock()
        self._client = None

    def run(self, call: Call) -> ExchangeOutcome:
        """Attempts until one succeeds or no further one may. Raises the last error."""
        spent, began = Spent(), time.perf_counter()
        while True:
            if call.form != self._form:
                call = replace(call, form=self._form)
            try:
                received, model = self._try(call, spent)
            except LLMError as error:
                if wants_no_format(error) and self._weaken(call.form):
                    continue
                self._wait_or_raise(error, spent)
                continue
            assert received.answer is not None
            seconds = time.perf_counter() - began
            return ExchangeOutcome(received.answer, spent, model, seconds, received.first_token_s)

    def record(self, call: Call, **fields: Any) -> None:
        """Tells the listener of an attempt."""
        if self.listener is None:
            return
        self.listener(
            Attempt(
                operation=call.dialect.operation,
                provider=self.target.provider,
                request_model=self.target.model,
                server=self.target.server,
                parameters={**call.params, "stream": call.on_text is not None},
                output_type="json" if call.schema is not None else "text",
                prompt=call.prompt,
                prompt_hash=call.prompt_hash,
                content_ref=call.content_ref,
                messages=call.messages,
                **fields,
            )
        )

    def close(self) -> None:
        """Closes the connections; the next call opens them anew."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def cost(self, usage: Usage, model: str, tier: str | None = None) -> float | None:
        """US dollars, by the name that the server gave the model, else by the one asked for.

        `tier` is the tier of service that the server named.
        """
        target = self.target
        for name in dict.fromkeys((model, target.model)):
            usd = target.cost_usd(usage, name, tier)
            if usd is not None:
                return usd
        return None

    def expected(self, call: Call) -> tuple[int, float]:
        """About how many tokens a call takes, and US dollars (0 without a known price)."""
        taken = call.expected_input()
        written = call.longest_output()
        if written is None:
            written = self.budget.expected_output() if self.budget else 0
        usd = self.cost(Usage(taken, written), self.target.model)
        return taken + written, usd or 0.0

    def _try(self, call: Call, spent: Spent) -> tuple[Received, str]:
        if self.hedge_after_s is None or call.on_text is not None:
            return self._attempt(call, spent)
        return hedged(lambda own: self._attempt(call, own), spent, after_s=self.hedge_after_s)

    def _attempt(self, call: Call, spent: Spent) -> tuple[Received, str]:
        """One request, within limits and budget, recorded whatever becomes of it."""
        tokens, usd = self.expected(call) if self._counts_tokens() else (0, 0.0)
        longest_s = call.timeout_s * 2 + 60
        # Built before a slot is taken: a slot that is used late comes out as a burst.
        self._connection()
        with ExitStack() as held:
            expense = self._set_aside(held, usd, tokens, longest_s)
            held.enter_context(self.limiter.slot(tokens, longest_s=longest_s))
            spent.attempts += 1
            at, began = datetime.now(UTC), time.perf_counter()
            received, failure = Received(), None
            try:
                self._receive(call, received)
            except LLMError as error:
                failure = error
                raise
            finally:
                seconds = time.perf_counter() - began
                body = received.body or {}
                model = str(body.get("model") or self.target.model)
                usage = call.dialect.usage(body.get("usage"))
                tier = service_tier(body, call.params)
                cost = self.cost(usage, model, tier) if usage else None
                spent.add(usage, cost, answered=received.body is not None)
                self._settle(usage, cost, expense, tokens)
                self.record(
                    call,
                    at=at,
                    attempt=spent.attempts,
                    seconds=seconds,
                    usage=usage,
                    cost_usd=cost,
                    response_model=body.get("model"),
                    response_id=body.get("id"),
                    finish_reason=received.answer.finish_reason if received.answer else None,
                    reply=received.answer.text if received.answer else None,
                    first_token_s=received.first_token_s,
                    error_type=type(failure).__name__ if failure else None,
                    http_status=failure.http_status if failure else 200,
                )
        return received, model

    def _receive(self, call: Call, received: Received) -> None:
        """Sends the request and reads the answer into `received`."""
        import httpx2
        import openai

        try:
            if call.on_text is None:
                self._post(call, received)
            else:
                self._stream(call, received)
        except (openai.OpenAIError, httpx2.HTTPError) as error:
            raise translate(error, self.target, timeout_s=call.timeout_s) from error
        assert received.body is not None
        self._reached = True
        received.answer = call.dialect.answer(received.body, self.target)
        if received.headers is not None:
            self.limiter.learn(received.headers)
        if call.schema is not None:
            if received.answer.finish_reason == "length":
                raise TruncatedError(
                    f"{self.target.name} stopped at its token limit before the answer was "
                    "complete. Allow more with max_tokens=."
                )
            try:
                read(received.answer.text, call.schema)
            except BadAnswerError as error:
                raise BadAnswerError(f"{self.target.name}: {error} Try again.") from error

    def _post(self, call: Call, received: Received) -> None:
        import httpx2

        response = self._connection().post(
            call.dialect.path,
            body=self._body(call),
            cast_to=httpx2.Response,
            options={"timeout": call.timeout_s, "max_retries": 0},
        )
        received.headers = response.headers
        received.body = body_of(response.content, self.target)

    def _stream(self, call: Call, received: Received) -> None:
        import openai

        assert call.on_text is not None
        body = {**self._body(call), "stream": True, "stream_options": {"include_usage": True}}
        stream = self._connection().post(
            call.dialect.path,
            body=body,
            cast_to=object,
            options={"timeout": call.timeout_s, "max_retries": 0},
            stream=True,
            stream_cls=openai.Stream[object],
        )
        gathered = Gathered(self.target, call.on_text, wants_json=call.schema is not None)
        try:
            received.body = gathered.body(stream)
        except ValueError as error:
            raise BadAnswerError(
                f"{self.target.server} streamed something unreadable. Try again."
            ) from error
        finally:
            received.first_token_s = gathered.first_token_s
            stream.close()

    def _body(self, call: Call) -> dict[str, Any]:
        return call.dialect.body(
            self.target.model, call.messages, call.schema, call.form, call.params
        )

    def _counts_tokens(self) -> bool:
        return self.budget is not None or self.limiter.limits.tpm is not None

    def _set_aside(
        self, held: ExitStack, usd: float, tokens: int, longest_s: float
    ) -> Expense | None:
        budget = self.budget
        if budget is None:
            return None
        if budget.usd is not None and self.cost(Usage(), self.target.model) is None:
            raise BudgetError(
                f"{self.target.no_price} A budget in US dollars cannot be kept without; one in "
                "tokens can."
            )
        return held.enter_context(budget.expense(usd, tokens, longest_s=longest_s))

    def _settle(
        self, usage: Usage | None, cost: float | None, expense: Expense | None, expected: int
    ) -> None:
        used = usage.total_tokens if usage else 0
        self.limiter.settle(expected, used)
        if expense is not None and self.budget is not None:
            expense.settle(cost or 0.0, used)
            if usage is not None:
                self.budget.note_output(usage.output_tokens)

    def _wait_or_raise(self, error: LLMError, spent: Spent) -> None:
        first_contact = isinstance(error, ServerUnreachableError) and not self._reached
        if not error.retryable or first_contact or spent.attempts > self.retries:
            raise error
        seconds = pause_s(error, spent.attempts)
        if isinstance(error, RateLimitedError):
            self.limiter.pause(seconds)
        time.sleep(seconds)

    def _weaken(self, refused: Form) -> bool:
        """Asks for structure in a weaker form than the refused one from now on, if there is one."""
        weaker = FORMS.index(refused) + 1
        if weaker == len(FORMS):
            return False
        with self._lock:
            # Several threads may hear the same refusal: it counts once.
            if self._form == refused:
                self._form = FORMS[weaker]
        return True

    def _connection(self) -> "openai.OpenAI":
        with self._lock:
            if self._client is None:
                self._client = connect(self.target, latency_ms=self.latency_ms)
            return self._client
