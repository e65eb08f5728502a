"""The rule of `make test` itself: what it refuses, and what it leaves alone."""

import sys

import pytest

from tests import quick

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _low_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "CPU_LIMIT_S", 0.1)
    monkeypatch.setattr(quick, "SHARED_CPU_LIMIT_S", 0.5)
    monkeypatch.setattr(quick, "WALL_LIMIT_S", 0.2)
    monkeypatch.setattr(sys, "gettrace", lambda: None)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # importing them takes a second


def outcome(pytester: pytest.Pytester, source: str) -> tuple[dict[str, int], str]:
    """How tests end that run under the rule, and what is printed."""
    pytester.makepyfile(source)
    plugins = [quick.QuickTests()]
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", plugins=plugins)
    return result.parseoutcomes(), result.stdout.str()


BUSY = """
import time

def work(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
"""
STARTS = {
    "subprocess": "import subprocess; subprocess.run(['true'])",
    "fork": "import os; os.waitpid(os.fork() or os._exit(0), 0)",
    "posix_spawn": "import os; os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)",
    "system": "import os; os.system('true')",
    "multiprocessing": "from multiprocessing.util import spawnv_passfds as start\n"
    "    start(b'/bin/true', ['true'], [])",
}


def test_a_cheap_test_passes(pytester: pytest.Pytester) -> None:
    assert outcome(pytester, "def test_it(): pass")[0] == {"passed": 1}


@pytest.mark.slow
@pytest.mark.parametrize("how", STARTS)
def test_a_test_that_starts_a_process_fails(pytester: pytest.Pytester, how: str) -> None:
    ends, text = outcome(pytester, f"def test_it():\n    {STARTS[how]}")
    assert ends == {"failed": 1}
    assert "This test starts a process" in text
    assert "mark it: @pytest.mark.slow" in text


@pytest.mark.slow
def test_a_process_that_a_fixture_starts_counts(pytester: pytest.Pytester) -> None:
    fixture = f"import pytest\n@pytest.fixture\ndef server():\n    {STARTS['subprocess']}\n"
    ends, _ = outcome(pytester, fixture + "def test_it(server): pass")
    assert ends == {"failed": 1}


def test_a_library_may_ask_for_the_name_of_the_system(pytester: pytest.Pytester) -> None:
    asks = "import subprocess; subprocess.run(['uname'])"
    assert outcome(pytester, f"def test_it():\n    {asks}")[0] == {"passed": 1}


def test_a_test_that_computes_too_long_each_time_fails(pytester: pytest.Pytester) -> None:
    ends, text = outcome(pytester, f"{BUSY}\ndef test_it():\n    work(0.2)")
    assert ends == {"failed": 1}
    assert "of it CPU time" in text


def test_a_test_that_sleeps_too_long_for_how_busy_the_machine_is_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = "import time\ndef test_it():\n    time.sleep(0.5)"
    monkeypatch.setattr(quick.QuickTests, "_busy", 1.0)
    assert outcome(pytester, source)[0] == {"failed": 1}
    monkeypatch.setattr(quick.QuickTests, "_busy", 10.0)
    assert outcome(pytester, source)[0] == {"passed": 1}


def test_how_busy_the_machine_is_shows_in_what_tests_took() -> None:
    rule = quick.QuickTests()
    assert rule._busy == quick.BUSY_UNTIL_KNOWN
    rule._cpu_s, rule._wall_s = 2.0, 8.0
    assert rule._busy == 4.0
    rule._cpu_s, rule._wall_s = 2.0, 1.5
    assert rule._busy == 1.0


def test_a_test_that_pays_once_for_others_passes(pytester: pytest.Pytester) -> None:
    first = "import functools\nload = functools.cache(lambda: work(0.2))\n"
    ends, _ = outcome(pytester, f"{BUSY}\n{first}\ndef test_it():\n    load()")
    assert ends == {"passed": 1}


def test_a_test_that_pays_very_much_for_others_fails(pytester: pytest.Pytester) -> None:
    first = "import functools\nload = functools.cache(lambda: work(0.6))\n"
    ends, _ = outcome(pytester, f"{BUSY}\n{first}\ndef test_it():\n    load()")
    assert ends == {"failed": 1}


def test_a_marked_test_may_take_its_time(pytester: pytest.Pytester) -> None:
    mark = "import pytest\n@pytest.mark.slow\n"
    ends, _ = outcome(pytester, f"{BUSY}\n{mark}def test_it():\n    work(0.2)")
    assert ends["passed"] == 1
    assert "failed" not in ends


def test_a_test_that_fails_keeps_its_own_reason(pytester: pytest.Pytester) -> None:
    ends, text = outcome(pytester, f"{BUSY}\ndef test_it():\n    work(0.2)\n    assert 2 == 3")
    assert ends == {"failed": 1}
    assert "assert 2 == 3" in text
    assert "mark it" not in text


def test_fixtures_are_made_and_torn_down_for_each_run(pytester: pytest.Pytester) -> None:
    source = f"""{BUSY}
import pytest
open_now = []
@pytest.fixture
def thing(tmp_path):
    assert not list(tmp_path.iterdir()), "the first run's files are still here"
    (tmp_path / "x").touch()
    open_now.append(1)
    yield
    open_now.pop()
def test_long(thing):
    work(0.0 if hasattr(test_long, "ran") else 0.2)
    test_long.ran = True
def test_after():
    assert not open_now
"""
    assert outcome(pytester, source)[0] == {"passed": 2}
