"""The dashboard as a real server, asked over HTTP and opened in a real browser."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tailor_lab import Lab
from tests.axe import violations
from tests.browser import needs_chromium, opened

pytestmark = pytest.mark.slow

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> [a](javascript:alert(3)) \u202eabc"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with Lab(tmp_path / "home") as lab:
        for n in range(8):
            lab.log.track(
                user_id=f"u-{n}",
                mode="partial",
                score_before=60,
                score_after=70 + n,
                confidence=0.8,
            )
    return tmp_path / "home"


def start(home: Path, port: int = 0) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tailor_lab", "dashboard", "--home", str(home), "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    )


@pytest.fixture
def address(home: Path) -> Iterator[str]:
    process = start(home)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 0, "Ctrl-C is how one ends it"
    assert "Traceback" not in told
    assert "token=" not in told, "the token is in no log"


def ask(
    address: str, path: str = "/", method: str = "GET", headers: Mapping[str, str] | None = None
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request(method, path, headers=dict(headers or {}))
    answer = connection.getresponse()
    answer.body = answer.read().decode()  # type: ignore[attr-defined]
    connection.close()
    return answer


def entered(address: str) -> dict[str, str]:
    parts = urlsplit(address)
    answer = ask(address, f"/?{parts.query}")
    assert answer.status == 303
    assert answer.getheader("location") == "/", "the token leaves the address"
    cookie = answer.getheader("set-cookie") or ""
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    return {"Cookie": cookie.partition(";")[0]}


def test_only_who_has_the_token_and_names_this_host_may_read(address: str) -> None:
    assert ask(address).status == 403
    assert ask(address, "/?token=wrong").status == 403
    assert ask(address, "/?token=%ff").status == 403
    token = urlsplit(address).query
    assert ask(address, f"/?{token}", headers={"Host": "elsewhere.example"}).status == 421
    assert ask(address, f"//elsewhere.example/?{token}").getheader("location", "")[:2] != "//"
    cookie = entered(address)
    answer = ask(address, headers=cookie)
    assert answer.status == 200
    policy = answer.getheader("content-security-policy") or ""
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert ask(address, "/", method, cookie).status == 405
    assert ask(address, "/static/../app.py", headers=cookie).status == 404
    assert ask(address, "/static/app.py", headers=cookie).status == 404


def test_every_view_answers_and_only_a_change_is_sent_again(address: str, home: Path) -> None:
    cookie = entered(address)
    for path in ("/", "/trends", "/costs", "/cache", "/experiments", "/?days=7", "/?days=x"):
        answer = ask(address, path, headers=cookie)
        assert answer.status == 200, path
        assert "cannot be read" not in answer.body, path  # type: ignore[attr-defined]
    tag = ask(address, headers=cookie).getheader("etag") or ""
    again = ask(address, headers={**cookie, "If-None-Match": tag})
    assert again.status == 304
    with Lab(home) as lab:
        lab.log.track(user_id="u-9", mode="full", score_before=10, score_after=20)
    fresh = ask(address, headers={**cookie, "If-None-Match": tag})
    assert fresh.status == 200
    assert "<dd>9</dd>" in fresh.body  # type: ignore[attr-defined]


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    process = start(tmp_path / "nothing")
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    try:
        cookie = entered(address)
        for path in ("/", "/trends", "/costs", "/cache", "/experiments"):
            answer = ask(address, path, headers=cookie)
            assert "tailor-lab demo" in answer.body, path  # type: ignore[attr-defined]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_a_log_that_is_no_log_is_named_and_the_server_stays(home: Path) -> None:
    for file in home.glob("lab.duckdb*"):
        if file.is_file():
            file.unlink()
    (home / "lab.duckdb").write_bytes(b"not a database at all" * 400)
    process = start(home)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    try:
        answer = ask(address, headers=entered(address))
        assert "The log cannot be read" in answer.body  # type: ignore[attr-defined]
        assert "lab.duckdb" in answer.body  # type: ignore[attr-defined]
    finally:
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=20)
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_one_sentence(home: Path, address: str) -> None:
    port = urlsplit(address).port or 0
    process = start(home, port)
    said, told = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"Port {port}" in told
    assert "--port 0" in told
    assert "Traceback" not in said + told


@pytest.mark.browser
@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser_it_is_drawn_accessible_and_without_an_error(
    address: str, home: Path, scheme: str
) -> None:
    with opened(local=True, color_scheme=scheme) as (page, problems):
        page.goto(address)
        assert "token" not in page.url
        for path in ("", "trends", "costs", "cache", "experiments"):
            page.goto(address.partition("?")[0] + path)
            page.wait_for_load_state("networkidle")
            pictures = page.locator("picture img")
            for picture in pictures.all():
                assert picture.evaluate("image => image.complete && image.naturalWidth") > 200
            assert violations(page) == []
        page.set_viewport_size({"width": 400, "height": 800})
        page.goto(address.partition("?")[0])
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
        assert page.locator("dd").first.inner_text() == "8"
        with Lab(home) as lab:
            lab.log.track(user_id="u-9", mode="full", score_before=10, score_after=20)
        page.locator("dd", has_text="9").first.wait_for(timeout=20_000)
        assert page.locator("#status").inner_text().startswith("Updated at")
        assert problems == []


@pytest.mark.browser
@needs_chromium
def test_hostile_text_in_the_log_is_only_its_own_text(address: str, home: Path) -> None:
    with Lab(home) as lab:
        told = {"experiment": HOSTILE, "variant": HOSTILE, "mode": HOSTILE}
        failed = {"status": "failed", "error_type": "ValueError", "error": HOSTILE}
        lab.log.record("runs", {**told, "run_id": "r-1", "status": "ok", "improvement": 3.0})
        lab.log.record("runs", {**told, **failed, "run_id": "r-2"})
        lab.log.record("llm_requests", {"run_id": "r-1", "gen_ai_request_model": HOSTILE})
    with opened(local=True) as (page, problems):
        page.goto(address)
        name = quote(HOSTILE, safe="")
        for path in ("", "costs", "cache", "experiments", f"experiment?name={name}"):
            page.goto(address.partition("?")[0] + path)
            page.wait_for_load_state("networkidle")
            assert "onerror=alert(1)" in page.locator("main").inner_text(), path
            strange = "main script, main img[src=x], main a[href^=javascript]"
            assert page.locator(strange).count() == 0
        page.goto(address.partition("?")[0] + "experiments")
        page.locator("main a").click()
        page.wait_for_url("**/experiment?*")
        assert "onerror=alert(1)" in page.locator("h1").inner_text()
        assert problems == []
