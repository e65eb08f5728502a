"""What a model, its server or a prompt can refuse, each as one sentence that says what to do.

No message holds a key: texts of servers pass through `scrub` before they are quoted.
"""

import re
from dataclasses import dataclass

from tailor_lab.errors import InputError, TailorLabError

_KEY_LIKE = re.compile(r"\b(?:(?:sk|pk|rk|gsk|key)[-_]|Bearer\s+)[\w*.-]{6,}", re.IGNORECASE)


@dataclass(frozen=True)
class RefusalReason:
    """What a server gave as the reason of a refusal, for the client to act on."""

    words: str = ""
    """Its sentence, bounded in length and not scrubbed: never shown as it is."""
    code: str = ""
    names: tuple[str, ...] = ()
    """The parameters that it names apart from its sentence, such as "temperature"."""


class LLMError(TailorLabError):
    """A completion that could not be had.

    `retryable` says whether the same request may succeed later; `http_status` is the server's;
    `of_server` whether every other request to this server and model would fail alike (a wrong key,
    an unknown model, no credit, nobody there), so that a run of many requests need not go on.
    `message` says what went wrong and what to do.
    """

    retryable = False
    of_server = False
    reason: RefusalReason | None = None
    """What the server gave as its reason."""
    most_repeats: int | None = None
    """How often such an error is asked again at most; None: as often as the caller's `retries`."""

    def __init__(self, message: str, *, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), str(self), dict(self.__dict__))


class WrongKeyError(LLMError, InputError):
    """The server knows no such key, or there is none."""

    of_server = True


class ServerUnreachableError(LLMError, InputError):
    """Nothing answers at the address."""

    retryable = True
    of_server = True


class UnknownModelError(LLMError, InputError):
    """The server has no such model, or the provider's name is not in the table."""

    of_server = True


class RequestRejectedError(LLMError):
    """The server understood the request and will not do it (a 4xx)."""


class PromptTooLongError(LLMError):
    """The prompt does not fit into the model's context."""


class RateLimitedError(LLMError):
    """The server said 429, and still did after the last retry."""

    retryable = True

    def __init__(
        self, message: str, *, http_status: int | None = 429, retry_after: float | None = None
    ) -> None:
        super().__init__(message, http_status=http_status)
        self.retry_after = retry_after


class QuotaError(LLMError):
    """The account has no credit left; waiting does not help."""

    of_server = True


class ServerFailedError(LLMError):
    """The server broke: a 5xx, a dropped connection, half an answer."""

    retryable = True

    def __init__(
        self,
        message: str,
        *,
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, http_status=http_status)
        self.retry_after = retry_after


class LoadingError(ServerFailedError):
    """The server is loading the model, which takes minutes for a large one."""

    of_server = True
    # With pauses of up to 8 s these are some four minutes.
    most_repeats = 40


class TimedOutError(LLMError):
    """No complete answer came within the time allowed."""

    retryable = True
    # The same request takes as long again, and servers bill what they computed for nobody.
    most_repeats = 1


class BadAnswerError(LLMError):
    """The answer is not what was asked for: no choice, no JSON, another schema, a page of HTML."""

    retryable = True
    answer: str | None = None
    """What the model said, where the fault is the model's and not its server's."""


class RefusedError(LLMError):
    """The model declined to answer."""


class FilteredError(LLMError):
    """The server's content filter withheld the answer."""


class TruncatedError(LLMError):
    """The answer ended at its token limit before it was complete."""


class BudgetError(LLMError):
    """The next request might spend more than the budget allows; it was not sent."""


class NotRecordedError(LLMError):
    """Only recorded answers are allowed, and this one was never recorded."""


def scrub(text: str, *secrets: str) -> str:
    """The text on one line, at most 300 characters, without the secrets or what looks like a key.

    >>> scrub("Incorrect API key provided: sk-abc123def.\\nSee the manual.")
    'Incorrect API key provided: [key]. See the manual.'
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[key]")
    text = " ".join(_KEY_LIKE.sub(_keep_stop, text).split())
    return text if len(text) <= 300 else text[:299] + "…"


def _keep_stop(match: re.Match[str]) -> str:
    return "[key]." if match.group().endswith(".") else "[key]"


def _rebuild(kind: type[LLMError], message: str, state: dict[str, object]) -> LLMError:
    error = kind(message)
    error.__dict__.update(state)
    return error
