"""Exchanges with one server: attempts at a call until one succeeds, each limited and recorded.

What a server refuses is found out once (`recovery`), remembered for all processes of a home
(`llm/capabilities.py`), said once and named in every answer that it concerns.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tailor_lab.llm.capabilities import Capabilities, CapabilityFile
from tailor_lab.llm.completion import Attempt, Usage
from tailor_lab.llm.errors import (
    BadAnswerError,
    BudgetError,
    FilteredError,
    LLMError,
    LoadingError,
    RateLimitedError,
    RefusedError,
    ServerUnreachableError,
    TimedOutError,
    TruncatedError,
)
from tailor_lab.llm.notices import Notices
from tailor_lab.llm.providers import OFFLINE, ModelTarget
from tailor_lab.llm.spending.budget import Budget, Expense
from tailor_lab.llm.spending.limits import Limiter
from tailor_lab.llm.spending.prices import service_tier
from tailor_lab.llm.transport.call import Call, Spent, pause_s
from tailor_lab.llm.transport.connection import ServerConnection
from tailor_lab.llm.transport.failures import bad_body, error_inside
from tailor_lab.llm.transport.hedge import hedged
from tailor_lab.llm.transport.learning import Learning
from tailor_lab.llm.transport.planning import PlannedRequest, planned
from tailor_lab.llm.transport.prompt_size import PromptSizes, cut_off
from tailor_lab.llm.transport.recovery import CallCourse
from tailor_lab.llm.transport.reply import ReplyReader
from tailor_lab.llm.transport.structured import read
from tailor_lab.llm.transport.wire import WireAnswer

Listener = Callable[[Attempt], None]
_LONG_PAUSE_S = 5.0
_LONGEST_STREAM_S = 3600.0
"""For how long a streamed request may hold its place; its timeout bounds the silence alone."""


@dataclass(frozen=True)
class ExchangeOutcome:
    """A good answer and all that it took."""

    answer: WireAnswer
    spent: Spent
    model: str
    seconds: float
    first_token_s: float | None
    adapted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass
class Received:
    """What one attempt brought so far; filled in as it goes, so that a failure keeps its part."""

    body: Mapping[str, Any] | None = None
    answer: WireAnswer | None = None
    first_token_s: float | None = None
    usage: Usage | None = None


class Exchange:
    """The exchanges with one server; picklable, and connected again in another process."""

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
        home: Path | None = None,
    ) -> None:
        self.target = target
        self.limiter = limiter
        self.budget = budget
        self.listener = listener
        self.retries = retries
        self.hedge_after_s = hedge_after_s
        offline = target.provider == OFFLINE
        self.capabilities = CapabilityFile(None if offline else home, target.server, target.model)
        self._connection = ServerConnection(target, latency_ms=latency_ms)
        self._notices = Notices()
        self._learning = Learning(target, self.capabilities, self._notices)
        self._sizes = PromptSizes(target, self.capabilities)
        self._may_stream = target.own_network
        self._reached = False

    def run(self, call: Call) -> ExchangeOutcome:
        """Attempts until one succeeds or no further one may. Raises the last error."""
        spent, began = Spent(), time.perf_counter()
        course = CallCourse(self.retries)
        while True:
            known = self.capabilities.read()
            request = planned(
                call, self._learning.in_force(known), self.target.model, may_stream=self._may_stream
            )
            self._sizes.refuse_too_long(request, known)
            try:
                received, model = self._try(request, spent)
            except LLMError as error:
                call = self._after(request, error, course, known)
                continue
            assert received.answer is not None
            self._learning.answered(request, course)
            warning = self._sizes.warning(request, received.usage)
            if warning is not None:
                self._notices.once(warning)
            return ExchangeOutcome(
                answer=received.answer,
                spent=spent,
                model=model,
                seconds=time.perf_counter() - began,
                first_token_s=received.first_token_s if call.on_text is not None else None,
                adapted=request.labels,
                warnings=(warning,) if warning is not None else (),
            )

    def record(self, call: Call, request: PlannedRequest | None = None, **fields: Any) -> None:
        """Tells the listener of an attempt; one without a request was answered by the cache."""
        if self.listener is None:
            return
        asked = {**call.params, "stream": call.on_text is not None}
        attempt = Attempt(
            operation=call.dialect.operation,
            provider=self.target.provider,
            request_model=self.target.model,
            server=self.target.server,
            parameters=request.parameters if request is not None else asked,
            output_type="json" if call.schema is not None else "text",
            prompt=call.prompt,
            prompt_hash=call.prompt_hash,
            content_ref=call.content_ref,
            messages=call.messages,
            **fields,
        )
        try:
            self.listener(attempt)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the answer is paid for
            self._notices.once(
                f"An attempt at {self.target.name} could not be recorded: "
                f"{type(error).__name__}: {error}"
            )

    def close(self) -> None:
        """Closes the connections; the next call opens them again."""
        self._connection.close()

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

    def _try(self, request: PlannedRequest, spent: Spent) -> tuple[Received, str]:
        if self.hedge_after_s is None or request.call.on_text is not None:
            return self._attempt(request, spent)
        return hedged(lambda own: self._attempt(request, own), spent, after_s=self.hedge_after_s)

    def _attempt(self, request: PlannedRequest, spent: Spent) -> tuple[Received, str]:
        """One request, within limits and budget, recorded whatever becomes of it."""
        call = request.call
        tokens, usd = self.expected(call) if self._counts_tokens() else (0, 0.0)
        longest_s = _LONGEST_STREAM_S if request.streamed else call.timeout_s * 2 + 60
        # Built before a slot is taken: a slot that is used late comes out as a burst.
        self._connection.open()
        with ExitStack() as held:
            expense = self._set_aside(held, usd, tokens, longest_s)
            held.enter_context(self.limiter.slot(tokens, longest_s=longest_s))
            spent.attempts += 1
            at, began = datetime.now(UTC), time.perf_counter()
            received, failure = Received(), None
            try:
                self._receive(request, received)
            except LLMError as error:
                failure = error
                raise
            finally:
                seconds = time.perf_counter() - began
                body = received.body or {}
                model = _text(body.get("model")) or self.target.model
                usage = received.usage
                tier = service_tier(body, request.parameters)
                cost = self.cost(usage, model, tier) if usage else None
                spent.add(usage, cost, answered=received.body is not None)
                self._settle(usage, cost, expense, tokens)
                self.record(
                    call,
                    request,
                    at=at,
                    attempt=spent.attempts,
                    seconds=seconds,
                    usage=usage,
                    cost_usd=cost,
                    response_model=_text(body.get("model")),
                    response_id=_text(body.get("id")),
                    finish_reason=_text(received.answer.finish_reason) if received.answer else None,
                    reply=received.answer.text if received.answer else None,
                    first_token_s=received.first_token_s,
                    error_type=type(failure).__name__ if failure else None,
                    http_status=failure.http_status if failure else 200,
                    adapted=request.labels,
                )
        return received, model

    def _receive(self, request: PlannedRequest, received: Received) -> None:
        """Sends the request and reads the answer into `received`."""
        call = request.call
        reader = ReplyReader(request, self.target, began=time.perf_counter())
        reply = self._connection.send(
            call.dialect.path, request.body, timeout_s=call.timeout_s, whole=not request.streamed
        )
        try:
            received.body = reader.body(reply)
        finally:
            received.first_token_s = reader.first_token_s
            reply.close()
        self._reached = True
        wrapped = error_inside(received.body, self.target)
        if wrapped is not None:
            raise wrapped
        try:
            received.usage = call.dialect.usage(received.body.get("usage"))
            received.answer = call.dialect.answer(received.body, self.target, call)
        except BadAnswerError as error:
            if received.body.get("choices") or received.body.get("output"):
                # The model had its turn, and said nothing that can be used.
                error.answer = ""
            raise
        except (TypeError, ValueError, AttributeError, LookupError, OverflowError) as error:
            if isinstance(error, LLMError):
                raise
            raise bad_body("an answer of another form", self.target) from error
        self.limiter.learn(reply.headers)
        self._validate(request, received.answer, received.usage)
        if call.on_text is not None and received.first_token_s is None and received.answer.text:
            call.on_text(received.answer.text)

    def _validate(self, request: PlannedRequest, answer: WireAnswer, usage: Usage | None) -> None:
        """Raises where the answer does not fit the schema that was asked for."""
        schema = request.call.schema
        if schema is None:
            return
        try:
            read(answer.text, schema, cut=answer.finish_reason == "length")
        except BadAnswerError as error:
            if answer.finish_reason == "length":
                raise cut_off(request, usage, answer.text, self.target) from error
            bad = BadAnswerError(f"{self.target.name}: {error} Try again.")
            bad.answer = answer.text
            raise bad from error

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
        if used is None:
            used = expected
        self.limiter.settle(expected, used)
        if expense is not None and self.budget is not None:
            expense.settle(cost or 0.0, used)
            if usage is not None and usage.output_tokens is not None:
                self.budget.note_output(usage.output_tokens)

    def _after(
        self, request: PlannedRequest, error: LLMError, course: CallCourse, known: Capabilities
    ) -> Call:
        """The call to make after a failed attempt, once it may be made. Raises where none may."""
        self._sizes.hear(error)
        if _was_taken(error):
            self._learning.taken(request, course)
        if isinstance(error, ServerUnreachableError) and not self._reached:
            raise error
        following = course.after(request, error, known)
        if not following.repeated:
            return following.call
        if isinstance(error, TimedOutError):
            self._notices.sometimes(
                "timeout",
                f"{self.target.server} did not answer for {self.target.name} within "
                f"{request.call.timeout_s:g} s; it is asked once more, with "
                f"{following.call.timeout_s:g} s.",
            )
            return following.call
        seconds = pause_s(error, following.repeated)
        if isinstance(error, RateLimitedError):
            self.limiter.pause(seconds)
        if seconds > _LONG_PAUSE_S or isinstance(error, LoadingError):
            self._notices.sometimes("pause", f"Waiting {seconds:.0f} s, since {error}")
        time.sleep(seconds)
        return following.call


def _was_taken(error: LLMError) -> bool:
    """Whether the server took the request, so that only the answer is at fault."""
    if isinstance(error, BadAnswerError):
        return error.answer is not None
    return isinstance(error, TruncatedError | RefusedError) or (
        isinstance(error, FilteredError) and error.http_status is None
    )


def _text(value: object) -> str | None:
    """What a server sent for an id or a name; a number is one too."""
    return str(value)[:500] if isinstance(value, str | int) and value != "" else None
