"""The cache in front of the model: what is paid once, what is kept apart, what is replayed."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tailor_lab.cache import Cache, Disk, Memory
from tailor_lab.errors import InputError
from tailor_lab.llm import LLM, Attempt
from tailor_lab.llm.errors import NotRecordedError
from tailor_lab.settings import Settings
from tests.llm.memory_cache import MemoryCache
from tests.llm.server import Server

ASK = [{"role": "user", "content": "The ward was busy. There were 12 patients."}]


class Note(BaseModel):
    text: str


class Other(BaseModel):
    text: str
    more: str


@pytest.fixture(params=["least", "real"])
def llm(request: pytest.FixtureRequest, server: Server, tmp_path: Path) -> Iterator[LLM]:
    if request.param == "least":
        cache: Any = MemoryCache()
        yield LLM("openai:gpt-4.1-mini", settings=server.settings(tmp_path), cache=cache)
        return
    cache = Cache(memory=Memory(), shared=Disk(tmp_path / "cache.sqlite"))
    yield LLM("openai:gpt-4.1-mini", settings=server.settings(tmp_path), cache=cache)
    cache.close()


def test_a_cached_completion_keeps_the_seconds_usage_and_cost_of_the_call_that_made_it(
    llm: LLM, server: Server
) -> None:
    server.delay_s = 0.05
    first, second = llm.complete(ASK, Note), llm.complete(ASK, Note)
    assert (first.cached, second.cached) == (False, True)
    assert second.seconds == first.seconds >= 0.05
    assert (second.usage, second.cost_usd) == (first.usage, first.cost_usd)
    assert second.value == first.value
    assert len(server.requests) == 1


def test_a_cached_answer_is_recorded_with_no_cost_of_its_own(llm: LLM) -> None:
    attempts: list[Attempt] = []
    llm.listener = attempts.append
    llm.complete(ASK)
    llm.complete(ASK)
    assert [a.cached for a in attempts] == [False, True]
    assert attempts[1].cost_usd == 0.0
    assert attempts[1].content_ref == attempts[0].content_ref
    assert attempts[1].row()["cache_tier"]


def test_whatever_changes_the_answer_is_kept_apart(llm: LLM, server: Server) -> None:
    llm.complete(ASK)
    llm.complete(ASK, temperature=1.0)
    llm.complete(ASK, temperature=1.0, replicate=1)
    llm.complete(ASK, Note)
    llm.complete(ASK, Other)
    llm.complete([*ASK, *ASK])
    other = LLM("openai:other", settings=llm.settings, cache=llm.cache)
    other.complete(ASK)
    assert len(server.requests) == 7


def test_what_does_not_change_the_answer_is_not(llm: LLM, server: Server) -> None:
    llm.complete(ASK, seed=1, top_p=0.5)
    llm.complete(tuple(ASK), top_p=0.5, seed=1, timeout=30)
    assert len(server.requests) == 1


def test_two_identical_requests_at_once_cost_one(llm: LLM, server: Server) -> None:
    server.delay_s = 0.1
    threads = [threading.Thread(target=llm.complete, args=(ASK,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.requests) == 1


def test_a_failed_request_is_not_kept(llm: LLM, server: Server) -> None:
    server.fail_next("refusal")
    with pytest.raises(Exception, match="declined"):
        llm.complete(ASK)
    assert not llm.complete(ASK).cached


def test_refresh_asks_again_and_keeps_the_new_answer(llm: LLM, server: Server) -> None:
    llm.complete(ASK)
    server.reply = "new"
    fresh = LLM(llm.model, settings=llm.settings, cache=llm.cache, mode="refresh")
    assert fresh.complete(ASK).text == "new"
    assert llm.complete(ASK).text == "new"
    assert len(server.requests) == 2


def test_what_was_recorded_replays_without_a_server(llm: LLM, server: Server) -> None:
    recorded = llm.complete(ASK, Note)
    replay = LLM(llm.model, settings=llm.settings, cache=llm.cache, mode="offline-only")
    assert replay.complete(ASK, Note).value == recorded.value
    with pytest.raises(NotRecordedError, match="offline-only"):
        replay.complete(ASK, Other)
    assert len(server.requests) == 1


def test_a_replicate_of_the_offline_model_may_answer_otherwise(settings: Settings) -> None:
    llm = LLM(settings=settings)
    ids = set()
    llm.listener = lambda attempt: ids.add(attempt.response_id)
    for replicate in (0, 1, 2, 2):
        llm.complete(ASK, replicate=replicate)
    assert len(ids) == 3


def test_a_mode_that_needs_a_cache_says_so(settings: Settings) -> None:
    with pytest.raises(InputError, match="needs a cache"):
        LLM(settings=settings, mode="refresh")


def test_embeddings_come_in_the_order_of_the_texts_and_once(llm: LLM, server: Server) -> None:
    texts = ["a nurse on a ward", "a nurse on the ward", "stock exchange"]
    first, second = llm.embed(texts), llm.embed(texts)
    near, far = (
        sum(x * y for x, y in zip(first.vectors[0], v, strict=True)) for v in first.vectors[1:]
    )
    assert near > 0.5 > far
    assert (second.cached, second.vectors) == (True, first.vectors)
    assert first.usage.input_tokens == server.input_tokens
