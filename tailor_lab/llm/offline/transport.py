"""The offline model as an HTTP transport, mounted beneath the openai client."""

import json
import math
import random
import time

import httpx2

from tailor_lab.llm.offline.model import answer, seed_of

LATENCY_SIGMA = 0.5
"""Spread of the lognormal latency: 90 % of answers take between 0.44 and 2.3 times the median."""


class OfflineTransport(httpx2.BaseTransport):
    """Answers every request in this process; with `latency_ms` it takes its time."""

    def __init__(self, *, latency_ms: float = 0.0) -> None:
        self.latency_ms = latency_ms

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The answer of the offline model to one HTTP request."""
        content = request.read()
        body = json.loads(content) if content else {}
        status, reply = answer(request.url.path, body)
        if self.latency_ms:
            time.sleep(latency_s(self.latency_ms, seed_of(body)))
        return httpx2.Response(status, json=reply, request=request)


def latency_s(median_ms: float, seed: int) -> float:
    """Seconds that the answer to this request takes, always the same for the same request."""
    return median_ms / 1000 * math.exp(LATENCY_SIGMA * random.Random(seed).gauss(0, 1))
