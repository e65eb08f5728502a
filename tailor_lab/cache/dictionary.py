"""Dictionaries: what the small values of a tier have in common, learned once and kept with it.

A reply of a few kilobytes is too short for zstd to find much in it; with a dictionary trained on
others like it, it takes about a quarter less. A frame names the dictionary it was made with, so
values from before and after it was learned stand side by side.
"""

import sys
import threading
from collections.abc import Callable
from typing import Any

from tailor_lab.cache.encoding import codec
from tailor_lab.cache.entry import payload
from tailor_lab.cache.tier import SharedTier

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SAMPLES = 400
FEWEST = 100
SIZE = 64 * 1024
EVERY = 64
"""After so many writes without a dictionary it is tried to learn one."""
_LONGEST_SAMPLE = 16 * 1024

Ask = Callable[[SharedTier, Callable[[SharedTier], Any]], tuple[bool, Any]]


class Dictionaries:
    """The dictionaries of one tier; `ask` puts a question to it and says whether it answered."""

    def __init__(self, tier: SharedTier, ask: Ask) -> None:
        self._tier = tier
        self._ask = ask
        self._known: dict[int, zstd.ZstdDict] = {}
        self._current: zstd.ZstdDict | None = None
        self._writes = 0

    def current(self) -> "zstd.ZstdDict | None":
        """The dictionary to write with, where there is one; now and then one is learned behind."""
        if self._current is None:
            if self._writes % EVERY == 0:
                self._current = self._latest()
                if self._current is None and self._writes:
                    threading.Thread(target=self.learn, name="cache-learn", daemon=True).start()
            self._writes += 1
        return self._current

    def find(self, number: int) -> "zstd.ZstdDict | None":
        """The dictionary that a frame names, or None where the tier has lost it."""
        if number not in self._known:
            data = self._ask(self._tier, lambda tier: tier.dictionary(number))[1]
            if data is not None:
                self._known[number] = zstd.ZstdDict(data)
        return self._known.get(number)

    def learn(self) -> bool:
        """Trains a dictionary on what the tier holds, if that is enough, and keeps it there."""
        entries = self._ask(self._tier, lambda tier: tier.sample(SAMPLES))[1] or []
        found = (codec.small_text(payload(data), _LONGEST_SAMPLE) for data in entries)
        samples = [sample for sample in found if sample is not None]
        if len(samples) < FEWEST:
            return False
        # A tenth of what it learns from: a larger one would learn single values by heart.
        size = min(SIZE, sum(map(len, samples)) // 10)
        try:
            trained = zstd.train_dict(samples, size)
        except zstd.ZstdError:
            return False
        content = trained.dict_content
        self._ask(self._tier, lambda tier: tier.add_dictionary(trained.dict_id, content))
        return True

    def _latest(self) -> "zstd.ZstdDict | None":
        number = self._ask(self._tier, lambda tier: tier.latest_dictionary())[1]
        return None if number is None else self.find(number)
