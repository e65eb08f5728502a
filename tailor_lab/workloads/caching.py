"""The caching workload: a session of requests, live, against a cache under one policy.

    asks → serve

An item is a session: its requests come one after the other, each for the rewriting of one pair of
résumé and posting. A variant names the `policy`, its `max_bytes`, a `ttl`. Sessions begin with an
empty cache and know nothing of each other, so they are what a comparison may count; requests within
a session are not. What is missed is asked of the model, whose answers the lab keeps: each is paid
for once, and every policy is charged what it took and cost then.
"""

import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tailor_lab.cache import Cache, Memory
from tailor_lab.errors import InputError
from tailor_lab.experiment.plan import Item
from tailor_lab.experiment.run.items import load_items
from tailor_lab.experiment.workload import Kept, Measure
from tailor_lab.llm import LLM, Completion, Prompt
from tailor_lab.llm.completion import plus
from tailor_lab.llm.prompting.prompts import Messages
from tailor_lab.pipeline import Pipeline, Run
from tailor_lab.tailoring.asking import prompt_values
from tailor_lab.tailoring.documents.formats import endings
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.proposal import Rewrite
from tailor_lab.tailoring.stages import (
    DEFAULT_PROMPT,
    profile,
    requirements,
    validate,
)
from tailor_lab.workloads.tailoring import KnowledgeWorkload

MEASURES = (
    Measure("hit_rate", unit="share"),
    Measure("byte_hit_rate", unit="share"),
    Measure("latency_ms", "latency", "lower", "ms"),
    Measure("tokens_used", "cost", "lower", "tokens"),
    Measure("cost_usd", "cost", "lower", "USD"),
    Measure("evictions"),
)
"""The numbers that this pipeline gives of each session; latency is the mean of its requests."""
SCAN_SHARE = 0.25
AGAIN_SHARE = 0.15


def asks(
    pairs: str, seed: int = 0, requests: int = 200, order: Sequence[str] | None = None
) -> list[Item]:
    """The pairs that a session asks for: those of `order` by id, else a simulated day.

    A simulated day asks for some pairs far more often than for others (Zipf, with favourites of
    its own), returns to what it asked for a moment ago, and once runs through many pairs in a row.
    """
    known = {item.id: item for item in _pairs(pairs)}
    if order is not None:
        for name in order:
            if name not in known:
                raise InputError(f'A session asks for "{name}", which is not in {pairs}.')
        return [known[name] for name in order]
    draw = random.Random(seed)
    favourites = list(known.values())
    draw.shuffle(favourites)
    weights = list(itertools.accumulate(1.0 / rank for rank in range(1, len(favourites) + 1)))
    day: list[Item] = []
    while len(day) < requests:
        if day and draw.random() < AGAIN_SHARE:
            day.append(draw.choice(day[-8:]))
        else:
            day += draw.choices(favourites, cum_weights=weights)
    length = min(int(SCAN_SHARE * requests), len(favourites))
    start = draw.randrange(requests - length + 1)
    day[start : start + length] = draw.sample(favourites, length)
    return day


def serve(
    asks: list[Item],
    llm: LLM,
    prompt: Prompt,
    policy: str = "lru",
    max_bytes: str | int = "32KB",
    ttl: str | float | None = None,
    knowledge: Knowledge | None = None,
) -> dict[str, float]:
    """Serves the requests through a memory tier of its own, and says what that took."""
    cache = Cache(Memory(max_bytes, policy))
    knowledge = opened(knowledge)
    missed: list[Completion] = []

    def fetch(item: Item) -> str:
        completion = llm.complete(_messages(item, prompt, knowledge), Rewrite, **prompt.parameters)
        missed.append(completion)
        return completion.text

    sizes, hit_bytes, hit_seconds = 0, 0, 0.0
    for item in asks:
        misses, start = len(missed), time.perf_counter()
        size = len(cache.wrap("rewrite", item.hash, lambda item=item: fetch(item), ttl=ttl))  # type: ignore[misc]
        sizes += size
        if len(missed) == misses:
            hit_bytes += size
            hit_seconds += time.perf_counter() - start
    waited = hit_seconds + sum(completion.seconds for completion in missed)
    tokens = plus(*(completion.usage.total_tokens for completion in missed))
    costs = [completion.cost_usd for completion in missed]
    measures = {
        "hit_rate": 1 - len(missed) / len(asks),
        "byte_hit_rate": hit_bytes / sizes if sizes else 0.0,
        "latency_ms": 1000 * waited / len(asks),
        "evictions": float(sum(cache.stats().evictions.values())),
    }
    if tokens is not None:
        measures["tokens_used"] = tokens
    known = [cost for cost in costs if cost is not None]
    return measures | ({"cost_usd": sum(known)} if len(known) == len(costs) else {})


@lru_cache(maxsize=1)
def caching_pipeline() -> Pipeline:
    """The stages of this module as a pipeline; it takes `pairs`, `llm` and `prompt`."""
    return Pipeline([asks, serve])


@dataclass(frozen=True)
class CachingWorkload(KnowledgeWorkload):
    """Sessions of requests; what is shown of one is what it asked for and what that took."""

    def kept(self, run: Run) -> Kept:
        """The session as a few lines: how many requests, for what most often, and the figures."""
        asked = Counter(item.id for item in run["asks"])
        often = ", ".join(f"{name} ({count} times)" for name, count in asked.most_common(5))
        figures = [f"{name}: {value:,.4g}" for name, value in run["serve"].items()]
        head = f"{asked.total():,} requests for {len(asked):,} pairs; most often {often}"
        return Kept("\n".join([head, *figures]))


@lru_cache(maxsize=1)
def workload() -> CachingWorkload:
    """The workload that definitions name `caching`."""
    return CachingWorkload(
        "caching",
        caching_pipeline(),
        needs=("pairs",),
        documents=("pairs",),
        endings=tuple(endings()),
        measures=MEASURES,
        prompt=DEFAULT_PROMPT,
        output_stage="serve",
    )


@lru_cache(maxsize=4)
def _pairs(path: str) -> list[Item]:
    return load_items(Path(path), endings=endings(), needs=("resume", "job"))


def _messages(item: Item, prompt: Prompt, knowledge: Knowledge) -> Messages:
    """The request for one pair; reading and analysing it is the same under every policy."""

    def render() -> Messages:
        read = validate(item.values["resume"], item.values["job"], knowledge=knowledge)
        values = prompt_values(read, requirements(read), profile(read), "partial")
        return prompt.render(**values)

    return _RENDERED.wrap("messages", [item.hash, prompt.hash, knowledge.digest], render)


_RENDERED = Cache(Memory("64MB"))
