"""Dictionaries that a tier learns from its own small values, and values by declared type."""

import random
import warnings
from dataclasses import dataclass

import pytest
from pydantic import BaseModel

from tailor_lab.cache import Cache, Disk, Memory, Redis, UncacheableError
from tailor_lab.cache.dictionary import FEWEST
from tests.servers import RedisServer

WORDS = [
    "experience",
    "python",
    "ward",
    "patient",
    "budget",
    "team",
    "led",
    "reduced",
    "improved",
    "deployed",
    "services",
    "cost",
    "reporting",
    "quarterly",
    "kubernetes",
    "sterile",
    "audit",
    "ledger",
    "lesson",
    "pupils",
    "campaign",
    "revenue",
]


def reply(seed):
    """A small answer of a model; all of them share their form and their vocabulary."""
    draw = random.Random(seed)
    edits = [
        {
            "path": f"/work/{n}/highlights/{draw.randrange(5)}",
            "action": "replace",
            "value": " ".join(draw.choices(WORDS, k=24)),
            "requirements": [f"r{draw.randrange(9)}"],
        }
        for n in range(6)
    ]
    return {"edits": edits, "confidence": draw.random(), "model": "offline"}


@pytest.fixture(params=["disk", pytest.param("redis", marks=pytest.mark.slow)])
def place(request, tmp_path):
    if request.param == "disk":
        yield Disk(tmp_path / "cache.sqlite")
    else:
        with RedisServer(unix=True) as server:
            yield Redis(server.url)


def fill(cache, count):
    for n in range(count):
        cache.set("n", n, reply(n))


def learned(cache):
    return cache._store._dictionaries[cache.shared].learn()


def test_a_dictionary_is_learned_from_the_tier_and_every_process_reads_with_it(place):
    cache = Cache(memory=None, shared=place)
    fill(cache, FEWEST + 20)
    without = cache.stats().reduction
    assert learned(cache)
    later = Cache(memory=None, shared=place)
    for n in range(1000, 1050):
        later.set("n", n, reply(n))
    assert later.stats().reduction > without + 0.05
    other = Cache(memory=None, shared=place)
    assert all(other.get("n", n) == reply(n) for n in (0, FEWEST, 1000, 1049))
    assert other.stats().errors == 0


def test_a_dictionary_is_learned_without_being_asked_for(place):
    cache = Cache(memory=None, shared=place)
    fill(cache, 400)
    assert cache.shared.latest_dictionary() is not None


def test_too_few_values_teach_nothing(place):
    cache = Cache(memory=None, shared=place)
    fill(cache, 10)
    assert not learned(cache)
    assert cache.shared.latest_dictionary() is None


def test_the_first_of_two_dictionaries_stays(place):
    tier = place.open()
    tier.add_dictionary(7, b"first")
    tier.add_dictionary(9, b"second")
    assert tier.latest_dictionary() == 7
    assert tier.dictionary(9) is None


@pytest.mark.slow
def test_entries_whose_dictionary_was_lost_are_counted_misses():
    with RedisServer(unix=True) as server:
        cache = Cache(memory=None, shared=Redis(server.url))
        fill(cache, FEWEST + 20)
        assert learned(cache)
        Cache(memory=None, shared=Redis(server.url)).set("n", "k", reply(1))
        server.client().delete("{tailor_lab}:dictionaries")
        late = Cache(memory=None, shared=Redis(server.url))
        assert late.get("n", "k", "missing") == "missing"
        assert late.stats().errors == 1


@dataclass(frozen=True)
class Span:
    start: int
    end: int


class Claim(BaseModel):
    text: str
    spans: tuple[Span, ...]
    score: float | None = None


CLAIM = Claim(text="led a team", spans=(Span(0, 4), Span(9, 12)))


@pytest.mark.parametrize(
    ("value", "kind"),
    [(CLAIM, Claim), ([CLAIM, CLAIM], list[Claim]), ({"a": Span(1, 2)}, dict[str, Span])],
)
def test_a_value_of_a_declared_type_comes_back_as_one(place, value, kind):
    with Cache(memory=None, shared=place) as cache:
        assert cache.wrap("n", "k", lambda: value, type=kind) == value
        again = cache.wrap("n", "k", lambda: "never", type=kind)
        assert again == value
        assert type(again) is type(value)
        assert cache.get("n", "k", type=kind) == value


def test_an_undeclared_or_wrongly_declared_value_is_refused_by_name(place):
    with Cache(memory=None, shared=place) as cache:
        with pytest.raises(UncacheableError, match="Claim"):
            cache.set("n", "k", CLAIM)
        with pytest.raises(UncacheableError, match="this Claim as Span"):
            cache.set("n", "k", CLAIM, type=Span)
        with pytest.raises(UncacheableError, match="cannot be declared as"):
            cache.set("n", "k", CLAIM, type=object())


class Newer(BaseModel):
    text: str
    severity: str


def test_what_no_longer_fits_its_type_is_a_counted_miss(place):
    with Cache(memory=None, shared=place) as cache:
        cache.set("n", "k", CLAIM, type=Claim)
        fresh = Newer(text="led", severity="info")
        assert cache.wrap("n", "k", lambda: fresh, type=Newer) == fresh
        assert cache.stats().errors == 1


def test_memory_alone_keeps_any_object():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cache = Cache(Memory())
        assert cache.wrap("n", "k", lambda: CLAIM) is CLAIM
        assert cache.wrap("n", "k", lambda: "never") is CLAIM
