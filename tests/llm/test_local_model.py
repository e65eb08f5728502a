"""A real model on a real server, where one is at hand.

Set TAILOR_LAB_TEST_LLAMA_SERVER to the path of llama.cpp's `llama-server` and
TAILOR_LAB_TEST_LLAMA_WEIGHTS to a GGUF file; the smallest instruction-tuned model will do.
"""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from tailor_lab.llm import LLM
from tailor_lab.settings import Settings
from tests.llm.server import free_port

SERVER = os.environ.get("TAILOR_LAB_TEST_LLAMA_SERVER", "")
WEIGHTS = os.environ.get("TAILOR_LAB_TEST_LLAMA_WEIGHTS", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not (SERVER and WEIGHTS and Path(SERVER).is_file() and Path(WEIGHTS).is_file()),
        reason="TAILOR_LAB_TEST_LLAMA_SERVER and TAILOR_LAB_TEST_LLAMA_WEIGHTS name no files",
    ),
]


class Answer(BaseModel):
    sum: int = Field(description="the sum")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [SERVER, "-m", WEIGHTS, "--port", str(port), "--host", "127.0.0.1", "-c", "4096"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 300
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health")
            break
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    yield f"http://127.0.0.1:{port}/v1"
    process.terminate()
    process.wait(timeout=30)


def test_a_local_model_answers_in_the_schema(url: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / ".lab", openai_base_url=url)
    llm = LLM("openai:local-model", settings=settings, timeout=300)
    messages = [{"role": "user", "content": "What is the sum of 2 and 3?"}]
    completion = llm.complete(messages, Answer, temperature=0, max_tokens=200)
    assert isinstance(completion.value, Answer)
    assert completion.usage.output_tokens > 0
    assert completion.cost_usd is None
    pieces: list[str] = []
    llm.complete(messages, temperature=0, max_tokens=20, on_text=pieces.append)
    assert pieces
