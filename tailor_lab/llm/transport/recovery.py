"""What is tried after an attempt that failed: the request in another form, the same again, nothing.

Each kind of failure has a count of its own, so that a model's bad answers do not use up the
patience with a busy network. A refusal that names something is met by an accommodation, each once
in a call. One that names nothing, of a request that asks for structure, is tried once in words
alone. A bad answer goes back to the model with what is wrong with it. Everything else is repeated
as often as its kind and the caller allow.
"""

import json
from collections import Counter
from dataclasses import dataclass, field, replace

from tailor_lab.llm.capabilities import Capabilities
from tailor_lab.llm.errors import (
    BadAnswerError,
    LLMError,
    LoadingError,
    RequestRejectedError,
    ServerFailedError,
    TimedOutError,
    UnknownModelError,
)
from tailor_lab.llm.transport.accommodations import (
    Accommodation,
    accommodations_for,
    pattern_of,
    weaker_form,
)
from tailor_lab.llm.transport.call import Call
from tailor_lab.llm.transport.planning import (
    SAY_SCHEMA,
    UNSTREAMED,
    WORDS_ONLY,
    PlannedRequest,
    with_words,
)

MOST_BAD_ANSWERS = 2
_MOST_CHANGES = 12
_BROKEN = frozenset({500, 501, 502})
"""Statuses with which servers fail on a schema; others are of load and of what is down."""


@dataclass(frozen=True)
class NextAttempt:
    """The call to make next, and whether to wait before it."""

    call: Call
    repeated: int = 0
    """How often this kind of failure was repeated, this time included; 0: another request."""


@dataclass
class CallCourse:
    """What one call has been through so far."""

    retries: int
    named: dict[Accommodation, str] = field(default_factory=dict)
    """Accommodations that the server asked for, with its words; without, that its answer shows."""
    _repeats: Counter[str] = field(default_factory=Counter)
    _tried: set[Accommodation] = field(default_factory=set)
    _changes: int = 0
    _broken: int = 0
    _unexplained: LLMError | None = None
    """The refusal without a known reason, told where leaving out the structure does not help."""

    def after(self, sent: PlannedRequest, error: LLMError, known: Capabilities) -> NextAttempt:
        """What comes after a failed attempt. Raises the error where nothing does."""
        changed = self._accommodated(sent, error, known)
        if changed is not None:
            self._changes += 1
            return NextAttempt(changed)
        if self._unexplained is not None and isinstance(error, RequestRejectedError):
            raise self._unexplained from error
        if not error.retryable:
            raise error
        kind, most = self._allowance(error)
        if self._repeats[kind] >= most:
            raise error
        self._repeats[kind] += 1
        call = sent.call
        if isinstance(error, BadAnswerError) and error.answer is not None:
            fault = str(error.__cause__ or error)
            return NextAttempt(self._asked_again(sent, error.answer, fault))
        if isinstance(error, TimedOutError):
            call = replace(call, timeout_s=call.timeout_s * 2)
        elif error.http_status in _BROKEN and error.most_repeats is None:
            self._broken += 1
            if self._broken > 1 and weaker_form(sent.body) is not None:
                # Some servers break on a schema, and say no more than that.
                call = self._with_trial(call, WORDS_ONLY)
        return NextAttempt(call, self._repeats[kind])

    def _allowance(self, error: LLMError) -> tuple[str, int]:
        """The kind of a failure and how often it may be repeated."""
        if isinstance(error, BadAnswerError) and error.answer is not None:
            return "answer", min(MOST_BAD_ANSWERS, self.retries)
        if error.most_repeats is None:
            return "transport", self.retries
        if isinstance(error, LoadingError) and self.retries:
            return "loading", error.most_repeats
        return type(error).__name__, min(error.most_repeats, self.retries)

    def _accommodated(
        self, sent: PlannedRequest, error: LLMError, known: Capabilities
    ) -> Call | None:
        reason = error.reason
        if reason is None or self._changes >= _MOST_CHANGES or not _may_be_of_request(error):
            return None
        found = accommodations_for(reason, sent.body, streamed=sent.streamed)
        fresh = [each for each in found if each not in self._tried]
        if fresh:
            self.named.update(dict.fromkeys(fresh, reason.words))
            return self._with_trial(sent.call, *fresh)
        if any(str(each) in known.accommodations and each not in sent.adapted for each in found):
            # Another thread has heard the same meanwhile.
            return sent.call
        for each in found:
            left_out = Accommodation("drop", each.name)
            if each.kind == "rename" and left_out not in self._tried:
                # It is taken under neither name.
                self.named[left_out] = reason.words
                return self._with_trial(sent.call, left_out)
        return self._plainer(sent, error)

    def _plainer(self, sent: PlannedRequest, error: LLMError) -> Call | None:
        """The call in words alone, or not streamed, for a refusal that says nothing of why."""
        if weaker_form(sent.body) is not None:
            trial = WORDS_ONLY
        elif sent.streamed and sent.call.on_text is None:
            trial = UNSTREAMED
        else:
            return None
        if self._unexplained is not None or not isinstance(error, RequestRejectedError):
            return None
        self._unexplained = error
        self.named[trial] = (error.reason.words if error.reason else "") or "it gave no reason"
        return self._with_trial(sent.call, trial)

    def _with_trial(self, call: Call, *trials: Accommodation) -> Call:
        self._tried.update(trials)
        return replace(call, trials=tuple(dict.fromkeys((*call.trials, *trials))))

    def _asked_again(self, sent: PlannedRequest, answer: str, fault: str) -> Call:
        """The call with the bad answer appended, and the schema in plainer words each time."""
        call = sent.call
        if call.schema is not None:
            prose = not holds_object(answer)
            asked_by_schema = weaker_form(sent.body) == Accommodation("form", "json")
            trial = None
            if asked_by_schema and SAY_SCHEMA not in sent.adapted:
                trial = SAY_SCHEMA
                if prose and answer.strip():
                    # A server that holds to a schema cannot have said this.
                    self.named[SAY_SCHEMA] = ""
            elif prose and weaker_form(sent.body) is not None:
                trial = WORDS_ONLY
            if trial is not None:
                call = self._with_trial(call, trial)
        return with_words(call, answer, fault.removesuffix(" Try again."))


def holds_object(text: str) -> bool:
    """Whether there is a JSON object in a text.

    >>> holds_object('Here: {"edits": []}'), holds_object("I would {shorten} it.")
    (True, False)
    """
    decoder, at = json.JSONDecoder(strict=False), text.find("{")
    # The first few places are enough to tell prose from JSON, and bound the work.
    for _ in range(20):
        if at < 0:
            return False
        try:
            decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
        else:
            return True
    return False


def _may_be_of_request(error: LLMError) -> bool:
    """Whether a failure can come from how the request was made."""
    status = error.http_status
    if isinstance(error, RequestRejectedError):
        return True
    if isinstance(error, UnknownModelError):
        said = error.reason.words.lower() if error.reason else ""
        return status == 404 and bool(pattern_of("lists", "refused").search(said))
    return isinstance(error, ServerFailedError) and status in _BROKEN
