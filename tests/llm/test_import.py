"""Importing this room is cheap."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_naming_the_client_does_not_load_what_only_a_request_needs() -> None:
    code = (
        "import sys; from tailor_lab.llm import LLM, Prompt;"
        "print([m for m in ('openai', 'httpx2', 'genai_prices', 'jinja2', 'redis') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
