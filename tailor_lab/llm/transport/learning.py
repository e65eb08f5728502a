"""What the client learns about a server: which accommodations help, said and remembered once.

One that the server asked for is remembered as soon as it took a request so changed. One that was
only inferred, such as words in place of a schema after two failures, counts when it has helped in
two calls and in more of them than did without: a server that stumbles now and then must not be
asked in a weaker form for ever.
"""

import threading
from collections import Counter
from dataclasses import replace

from tailor_lab.llm.capabilities import MOST_ACCOMMODATIONS, Capabilities, CapabilityFile
from tailor_lab.llm.errors import scrub
from tailor_lab.llm.notices import Notices
from tailor_lab.llm.providers import ModelTarget
from tailor_lab.llm.transport.accommodations import Accommodation
from tailor_lab.llm.transport.planning import PlannedRequest
from tailor_lab.llm.transport.recovery import CallCourse

_HELPS_BEFORE_IT_COUNTS = 2


class Learning:
    """The accommodations in force for one server and model, and those that may come to be."""

    def __init__(self, target: ModelTarget, capabilities: CapabilityFile, notices: Notices) -> None:
        self.target = target
        self.capabilities = capabilities
        self.notices = notices
        self._helped: Counter[Accommodation] = Counter()
        self._unaided = 0
        """Answers in the schema that took no trial."""
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[object, ...]:
        return Learning, (self.target, self.capabilities, self.notices)

    def in_force(self, known: Capabilities) -> list[Accommodation]:
        """What every request to the server is changed by."""
        return [each for text in known.accommodations if (each := Accommodation.of(text))]

    def taken(self, request: PlannedRequest, course: CallCourse) -> None:
        """Remembers what the server had asked for, now that it took the request."""
        for each in self._new(request):
            if course.named.get(each):
                self._remember(each, course.named[each])

    def answered(self, request: PlannedRequest, course: CallCourse) -> None:
        """Remembers what helped to a good answer."""
        if request.call.schema is not None and not request.call.trials:
            with self._lock:
                self._unaided += 1
        for each in self._new(request):
            with self._lock:
                self._helped[each] += 1
                least = 1 if each in course.named else _HELPS_BEFORE_IT_COUNTS
                enough = self._helped[each] >= max(least, self._unaided)
            if enough or course.named.get(each):
                self._remember(each, course.named.get(each, ""))

    def _new(self, request: PlannedRequest) -> list[Accommodation]:
        tried = set(request.call.trials)
        if not tried:
            return []
        known = self.capabilities.read().accommodations
        return [each for each in request.adapted if each in tried and str(each) not in known]

    def _remember(self, new: Accommodation, words: str) -> None:
        def change(known: Capabilities) -> Capabilities:
            kept = [text for text in known.accommodations if not _superseded(text, new)]
            if str(new) in kept or len(kept) >= MOST_ACCOMMODATIONS:
                return known
            return replace(known, accommodations=(*kept, str(new)))

        self.capabilities.change(change)
        said = scrub(words, *self.target.secrets)
        why = f'the server refuses it: "{said}"' if said else "the server needs it"
        path = self.capabilities.path
        until = f" It is remembered in {path}; delete that file to try again." if path else ""
        self.notices.once(f"{self.target.name}: {new.label}, since {why}.{until}")


def _superseded(text: str, new: Accommodation) -> bool:
    """Whether a remembered accommodation has no place beside a new one."""
    old = Accommodation.of(text)
    if old is None:
        return True
    if old.kind == new.kind == "form":
        return True
    if new.kind == "rename":
        return old.kind == "rename" and old.name == new.into
    return new.kind == "drop" and old.kind == "rename" and new.name in {old.name, old.into}
