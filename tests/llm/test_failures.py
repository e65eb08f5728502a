"""Every failure is one sentence that says what it is of, where, and what to do."""

import json
import pickle
import re
import ssl
import subprocess
import threading
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM
from tailor_lab.llm.addresses import is_own
from tailor_lab.llm.errors import (
    LLMError,
    PromptTooLongError,
    QuotaError,
    RequestRejectedError,
    ServerUnreachableError,
    UnknownModelError,
    WrongKeyError,
)
from tailor_lab.llm.provider_table import provider_table
from tailor_lab.llm.transport.foreign import reason_of
from tailor_lab.settings import Settings
from tests.llm.played import Played, chat, refusal
from tests.llm.server import free_port

ASK = [{"role": "user", "content": "Hello"}]
PAGE = b"<!DOCTYPE html><html><head><title>Blocked by <b>proxy</b></title></head></html>"


def failure(llm: LLM) -> LLMError:
    with pytest.raises(LLMError) as caught:
        llm.complete(ASK)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (refusal("no llama"), "no llama"),
        ({"error": "no llama", "error_type": "validation"}, "no llama"),
        ({"detail": "no llama"}, "no llama"),
        ({"detail": {"error": {"message": "no llama"}}}, "no llama"),
        ({"detail": [{"loc": ["body", "seed"], "msg": "extra"}]}, "body.seed: extra"),
        ({"object": "error", "message": "no llama", "code": 400}, "no llama"),
        ({"object": "error", "message": {"detail": [{"msg": "no llama"}]}}, "no llama"),
        ([{"error": {"message": "no llama"}}], "no llama"),
        ({"Message": "no llama"}, "no llama"),
        ({"errors": [{"message": "no"}, {"message": "llama"}]}, "no; llama"),
        ({"title": "Bad", "detail": "no llama"}, "no llama"),
        (refusal("failed", metadata={"raw": '{"error": "no llama"}'}), "failed (no llama)"),
        ("no llama", "no llama"),
        (b'{"error": "no llama"}', "no llama"),
        (PAGE, "Blocked by proxy"),
        (None, ""),
        (7, ""),
        ({}, ""),
    ],
)
def test_a_reason_is_read_in_whatever_form_it_comes(body: Any, reason: str) -> None:
    assert reason_of(body) == reason


def test_a_reason_without_end_is_bounded_in_length_and_depth() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = {"error": deep}
    assert reason_of(deep) == ""
    assert len(reason_of("[" * 10_000_000)) == 2000


@pytest.mark.parametrize(
    ("status", "headers", "body", "kind", "said", "of_server"),
    [
        (401, {}, refusal("Bad key"), WrongKeyError, "refused the key: Bad key", True),
        (400, {}, b'[{"error": {"message": "API key not valid. Pass one."}}]', WrongKeyError,
         "refused the key", True),
        (402, {}, refusal("Insufficient Balance"), QuotaError, "no credit left", True),
        (400, {}, refusal("Your credit balance is too low"), QuotaError, "no credit left", True),
        (404, {}, refusal("model 'm' not found"), UnknownModelError, "knows no such model", True),
        (400, {}, {"error": "m is not a valid model ID"}, UnknownModelError, "knows no such", True),
        (403, {"Content-Type": "text/html"}, PAGE, ServerUnreachableError,
         "A proxy or web server answered in place of", True),
        (404, {"Content-Type": "text/html"}, PAGE, UnknownModelError, "no such path", True),
        (200, {"Content-Type": "text/html"}, PAGE, ServerUnreachableError, "Blocked by", True),
        (405, {}, refusal("method"), UnknownModelError, "takes no requests under", True),
        (301, {"Location": "https://new.example/v1/chat/completions"}, b"",
         ServerUnreachableError, "its new address is https://new.example/v1.", True),
        (400, {}, b"Client sent an HTTP request to an HTTPS server.", ServerUnreachableError,
         "speaks https, not http", True),
        (400, {}, refusal("maximum context length is 4096 tokens"), PromptTooLongError,
         "cannot hold so long a prompt", False),
        (422, {}, {"detail": "The llama is out"}, RequestRejectedError, "The llama is out", False),
    ],
)  # fmt: skip
def test_a_failure_is_told_for_what_it_is_and_not_repeated(
    tmp_path: Path, status: int, headers: dict[str, str], body: Any, kind: type[LLMError],
    said: str, of_server: bool,
) -> None:  # fmt: skip
    with Played(lambda r, n: (status, headers, body)) as server:
        error = failure(LLM("openai:m", settings=server.settings(tmp_path), api="responses"))
        assert len(server.requests) == 1
    assert isinstance(error, kind)
    assert said in str(error)
    assert error.of_server is of_server
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.of_server, copy.retryable) == (str(error), of_server, False)


def test_a_refusal_names_the_variables_of_its_own_provider(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOUSE_KEY", "k")
    with Played(lambda r, n: (401, {}, refusal("Bad key"))) as server:
        (tmp_path / "experiments").mkdir()
        (tmp_path / "experiments" / "providers.yaml").write_text(
            f'providers: {{house: {{base_url: "{server.url}", key_variable: HOUSE_KEY}}}}\n'
        )
        settings = Settings(home=tmp_path / ".lab")
        error = failure(LLM("house:m", settings=settings))
    assert "Check HOUSE_KEY." in str(error)
    gone = failure(LLM("house:m", settings=settings))
    assert "Nothing answers" in str(gone)
    assert "experiments/providers.yaml" in str(gone)
    assert "OPENAI" not in str(error) + str(gone)


@pytest.mark.parametrize("url", ["gpu-box:8000/v1", "127.0.0.1:8000/v1"])
def test_an_address_without_its_beginning_is_refused_at_once(tmp_path: Path, url: str) -> None:
    settings = Settings(home=tmp_path / ".lab", openai_base_url=url)
    said = f"OPENAI_BASE_URL does not begin with http:// or https://. Write http://{url}."
    with pytest.raises(InputError, match=re.escape(said)):
        LLM("openai:m", settings=settings)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://no-such-host.invalid/v1", "There is no host 'no-such-host.invalid'"),
        ("http://127.0.0.1:{port}/v1", "Nothing answers at"),
    ],
)
def test_an_address_that_leads_nowhere_says_why(tmp_path: Path, url: str, said: str) -> None:
    url = url.format(port=free_port())
    settings = Settings(home=tmp_path / ".lab", openai_base_url=url)
    error = failure(LLM("openai:m", settings=settings))
    assert isinstance(error, ServerUnreachableError)
    assert said in str(error)
    assert "OPENAI_BASE_URL" in str(error)


def test_https_to_a_server_that_speaks_http_is_told(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat("x"))) as server:
        url = server.url.replace("http:", "https:")
        settings = server.settings(tmp_path, openai_base_url=url)
        assert "does not speak https" in str(failure(LLM("openai:m", settings=settings)))


@pytest.mark.slow
def test_a_certificate_that_is_not_trusted_is_told_as_one(tmp_path: Path) -> None:
    key, certificate = tmp_path / "k.pem", tmp_path / "c.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    server = Played(lambda r, n: (200, {}, chat("x")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://localhost:{server.server_port}/v1"
    settings = server.settings(tmp_path, openai_base_url=url)
    error = failure(LLM("openai:m", settings=settings))
    server.shutdown()
    server.server_close()
    assert "certificate" in str(error)
    assert "SSL_CERT_FILE" in str(error)


def test_a_key_that_was_copied_with_a_line_break_is_used_without(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat("x"))) as server:
        settings = server.settings(tmp_path, openai_api_key=SecretStr(" sk-abc\n"))
        LLM("openai:m", settings=settings).complete(ASK)
        assert server.headers[0]["authorization"] == "Bearer sk-abc"


@pytest.mark.parametrize("key", ["sk-abü", "sk-a b", "sk-a\nsk-b", "“sk-abc”"])
def test_a_key_with_what_no_key_has_is_refused_before_it_is_sent(tmp_path: Path, key: str) -> None:
    with Played(lambda r, n: (200, {}, chat("x"))) as server:
        settings = server.settings(tmp_path, openai_api_key=SecretStr(key))
        with pytest.raises(WrongKeyError) as caught:
            LLM("openai:m", settings=settings).complete(ASK)
        assert not server.requests
    error = caught.value
    assert "OPENAI_API_KEY holds a character that no key has" in str(error)
    assert "sk-" not in str(error)


def test_a_redirect_within_a_server_is_followed_and_one_away_from_it_is_not(
    tmp_path: Path,
) -> None:
    def play(r: dict[str, Any], n: int) -> tuple[int, dict[str, str], Any]:
        return (301, {"Location": "/v2/chat"}, b"") if n == 0 else (200, {}, chat("x"))

    with Played(play) as server:
        assert LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK).text == "x"
        assert server.paths == ["/v1/chat/completions", "/v2/chat"]
        assert server.requests[0] == server.requests[1]


def test_the_query_of_an_address_stays_its_query(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat("x"))) as server:
        url = f" {server.url}/?api-version=2026-01-01 "
        settings = server.settings(tmp_path, openai_base_url=url)
        LLM("openai:m", settings=settings).complete(ASK)
        assert server.paths == ["/v1/chat/completions?api-version=2026-01-01"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf{}",
        b'data: {"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}]}\n\n',
    ],
    ids=["a mark of byte order", "events though not asked"],
)
def test_odd_bodies_are_read(tmp_path: Path, content: bytes) -> None:
    body = content.replace(b"{}", json.dumps(chat("x")).encode())
    with Played(lambda r, n: (200, {}, body)) as server:
        assert LLM("openai:m", settings=server.settings(tmp_path)).complete(ASK).text == "x"


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://localhost:8000/v1", True),
        ("http://gpu-box:8000/v1", True),
        ("http://10.1.2.3/v1", True),
        ("http://[::1]:8000/v1", True),
        ("http://nas.local/v1", True),
        ("http://host.docker.internal:11434/v1", True),
        ("https://api.openai.com/v1", False),
        ("http://8.8.8.8/v1", False),
        ("http://offline.invalid/v1", False),
        ("", False),
    ],
)
def test_addresses_of_this_machine_or_network_are_told_from_others(url: str, private: bool) -> None:
    assert is_own(urlsplit(url).hostname or "", provider_table().own_networks) is private
