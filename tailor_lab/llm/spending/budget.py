"""A budget in US dollars and tokens that stops a run before it is exceeded.

Before each request its expected cost is set aside; a request for which too little is left is not
sent. What is expected is estimated (four characters a token, and `max_tokens` of output where it is
given, else the longest answer so far), so the budget can be exceeded by what the requests in flight
cost more than was expected, never by a request more.
"""

import math
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.llm.errors import BudgetError
from tailor_lab.llm.spending.state import SharedState, TravellingState

DEFAULT_OUTPUT_TOKENS = 500
"""What an answer is expected to take before the first one has come."""


@dataclass
class Expense:
    """What one request is expected to use, and, once it is known, what it used."""

    usd: float
    tokens: int
    settled: bool = False

    def settle(self, usd: float, tokens: int) -> None:
        """Notes what the request really used."""
        self.usd, self.tokens, self.settled = usd, tokens, True


class Budget:
    """How much may be spent, by everybody who shares its state.

    Threads share it, and so do worker processes of this machine to which it is sent. For several
    machines give `state=RedisState(url, key)`; to go on after a restart, `state=FileState(path)`.
    `usd` and `tokens` are the most that may be used; give one or both.
    """

    def __init__(
        self,
        *,
        usd: float | None = None,
        tokens: int | None = None,
        state: SharedState | None = None,
    ) -> None:
        for name, amount in (("usd", usd), ("tokens", tokens)):
            if amount is not None and not _is_amount(amount):
                raise InputError(
                    f"The budget {name}={amount!r} is no amount; give a number of 0 or more, or "
                    "leave it out."
                )
        self.usd = usd
        self.tokens = tokens
        self.state: SharedState = state or TravellingState()

    @property
    def spent_usd(self) -> float:
        """US dollars that answered requests have cost."""
        return float(self.state.update(lambda values: values.get("usd", 0.0)))

    @property
    def spent_tokens(self) -> int:
        """Tokens that answered requests have used."""
        return int(self.state.update(lambda values: values.get("tokens", 0)))

    @contextmanager
    def expense(self, usd: float, tokens: int, *, longest_s: float) -> Iterator[Expense]:
        """Sets aside what a request is expected to use, until the block ends.

        Raises `BudgetError` where it may not be had; `longest_s` is how long it is set aside for a
        process that dies in between.
        `usd` and `tokens` are what it is expected to use.
        """
        key = uuid.uuid4().hex
        self.state.update(lambda values: self._reserve(values, key, usd, tokens, longest_s))
        expense = Expense(usd, tokens)
        try:
            yield expense
        finally:
            self.state.update(lambda values: _release(values, key, expense))

    def expected_output(self) -> int:
        """Tokens that an answer is expected to take at most."""
        longest = self.state.update(lambda values: values.get("longest", 0))
        return int(longest) or DEFAULT_OUTPUT_TOKENS

    def note_output(self, tokens: int) -> None:
        """Remembers how long an answer was.

        `tokens` are those of one answer.
        """

        def change(values: dict[str, Any]) -> None:
            values["longest"] = max(values.get("longest", 0), tokens)

        self.state.update(change)

    def _reserve(
        self, values: dict[str, Any], key: str, usd: float, tokens: int, longest_s: float
    ) -> None:
        now = time.time()
        aside = {k: held for k, held in values.get("aside", {}).items() if held[2] > now}
        spent_usd, spent_tokens = values.get("usd", 0.0), values.get("tokens", 0)
        held_usd = sum(held[0] for held in aside.values())
        held_tokens = sum(held[1] for held in aside.values())
        if self.usd is not None and spent_usd + held_usd + usd > self.usd:
            raise BudgetError(
                f"The budget of ${self.usd:.4g} is used up: ${spent_usd:.4g} spent, "
                f"${held_usd:.4g} in flight, and the next request may cost ${usd:.4g}. It was not "
                "sent. Raise the budget and run again: what is finished is kept."
            )
        if self.tokens is not None and spent_tokens + held_tokens + tokens > self.tokens:
            raise BudgetError(
                f"The budget of {self.tokens:,} tokens is used up: {spent_tokens:,} spent, "
                f"{held_tokens:,} in flight, and the next request may take {tokens:,}. It was not "
                "sent. Raise the budget and run again: what is finished is kept."
            )
        values["aside"] = {**aside, key: [usd, tokens, now + longest_s]}


def _is_amount(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value < math.inf


def _release(values: dict[str, Any], key: str, expense: Expense) -> None:
    values.get("aside", {}).pop(key, None)
    if expense.settled:
        values["usd"] = values.get("usd", 0.0) + expense.usd
        values["tokens"] = values.get("tokens", 0) + expense.tokens
