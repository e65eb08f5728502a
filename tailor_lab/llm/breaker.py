"""A breaker: once one request has shown that none can succeed, no other is sent.

A wrong key, an unknown model or an account without credit refuses every request alike. Clients that
share a breaker find that out once: by threads in memory, by worker processes of one machine through
a file.
"""

from tailor_lab.llm.errors import LLMError
from tailor_lab.llm.spending.state import SharedState, TravellingState


class RunStoppedError(LLMError):
    """The request was not sent: an earlier one showed that the server refuses them all."""


class RequestBreaker:
    """What one client has found out of a server, for all clients that share it.

    One that has a `parent` breaks with it, and may be broken alone.
    """

    def __init__(
        self, state: SharedState | None = None, *, parent: "RequestBreaker | None" = None
    ) -> None:
        self.state: SharedState = state or TravellingState()
        self.parent = parent

    def check(self) -> None:
        """Raises `RunStoppedError` where it is broken."""
        if self.parent is not None:
            self.parent.check()
        said = self.state.update(lambda values: values.get("said"))
        if said is not None:
            raise RunStoppedError(f"Not sent, as earlier requests did not succeed: {said}")

    def note(self, error: LLMError) -> None:
        """Hears of an error; from one that is of the server on, nothing is sent."""
        if self.parent is not None:
            self.parent.note(error)
        elif error.of_server:
            self.open(str(error))

    def open(self, said: str) -> None:
        """From now on nothing is sent; `said` is why."""
        self.state.update(lambda values: values.setdefault("said", said))
