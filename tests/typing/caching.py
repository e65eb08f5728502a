"""What goes through the cache keeps its type."""

from typing import assert_type

from tailor_lab import Cache, Memory
from tailor_lab.cache import CacheStats


def price() -> float:
    return 1.5


with Cache(memory=Memory(max_bytes=1_000_000)) as cache:
    assert_type(cache.wrap("prices", "milk", price, ttl="9h"), float)
    assert_type(cache.wrap("sizes", ["a", 1], lambda: [1, 2], cost=len), list[int])
    assert_type(cache.delete("prices", "milk"), bool)
    assert_type(cache.stats(), CacheStats)

    @cache.memoize("lengths", ttl=60)
    def length(text: str, *, spaces: bool = True) -> int:
        return len(text if spaces else text.replace(" ", ""))

    assert_type(length("two words", spaces=False), int)

    @cache.memoize("greetings")
    async def greeting(name: str) -> str:
        return f"Hello {name}"

    async def awaits() -> None:
        assert_type(await greeting("Ada"), str)

    def refused() -> None:
        length(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        length("a", blanks=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
        cache.wrap("prices", "milk", 1.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
