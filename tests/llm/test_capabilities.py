"""What is known of a server is one small file that processes share and damage cannot break."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tailor_lab.llm import LLM
from tailor_lab.llm.capabilities import Capabilities, CapabilityFile
from tests.llm.played import Played, chat

ASK = [{"role": "user", "content": "Hello"}]


def adding(name: str) -> Callable[[Capabilities], Capabilities]:
    return lambda known: replace(known, accommodations=(*known.accommodations, name))


def capability_file(home: Path) -> CapabilityFile:
    return CapabilityFile(home, "http://here/v1", "m")


def test_another_reader_sees_what_was_written(tmp_path: Path) -> None:
    writer, reader = capability_file(tmp_path), capability_file(tmp_path)
    assert reader.read() == Capabilities()
    writer.change(adding("drop seed"))
    assert reader.read().accommodations == ("drop seed",)
    writer.change(lambda known: replace(known, context_tokens=4096, token_ratio=1.2))
    assert reader.read().context_tokens == 4096
    copy = pickle.loads(pickle.dumps(reader))
    assert copy.read() == reader.read()


def test_no_change_of_several_at_once_is_lost(tmp_path: Path) -> None:
    files = [capability_file(tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: files[n % 4].change(adding(f"drop p{n}")), range(24)))
    assert len(set(capability_file(tmp_path).read().accommodations)) == 24


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "7", '{"accommodations": 7, "context_tokens": "many", "token_ratio": NaN}',
     '{"accommodations": [7, null], "context_tokens": -1, "token_ratio": 1e9}', "[" * 100_000],
    ids=["empty", "torn", "a list", "a number", "wrong types", "wrong values", "deep"],
)  # fmt: skip
def test_a_damaged_file_counts_as_empty_and_is_mended(tmp_path: Path, content: str) -> None:
    known = capability_file(tmp_path)
    assert known.path is not None
    known.path.parent.mkdir(parents=True)
    known.path.write_text(content)
    assert known.read() == Capabilities()
    known.change(adding("drop seed"))
    assert capability_file(tmp_path).read().accommodations == ("drop seed",)


def test_what_others_keep_in_the_file_stays(tmp_path: Path) -> None:
    known = capability_file(tmp_path)
    assert known.path is not None
    known.path.parent.mkdir(parents=True)
    known.path.write_text('{"probed_at": "2026-11-29", "context_tokens": 8192}')
    known.change(adding("drop seed"))
    values = json.loads(known.path.read_text())
    assert (values["probed_at"], values["context_tokens"]) == ("2026-11-29", 8192)
    assert (values["server"], values["model"]) == ("http://here/v1", "m")


def test_a_home_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("a file, not a folder")
    known = capability_file(home)
    assert known.change(adding("drop seed")).accommodations == ("drop seed",)
    assert known.read().accommodations == ("drop seed",)


def test_who_deletes_the_file_wants_it_all_tried_again(tmp_path: Path) -> None:
    known = capability_file(tmp_path)
    known.change(adding("drop seed"))
    assert known.path is not None
    known.path.unlink()
    assert known.read() == Capabilities()


def test_the_file_holds_no_key_and_is_its_owners_alone(tmp_path: Path) -> None:
    with Played(lambda r, n: (200, {}, chat("x" * 9, tokens=400))) as server:
        settings = server.settings(tmp_path)
        long = [{"role": "user", "content": "The ward was busy. " * 100}]
        LLM("openai:m", settings=settings).complete(long)
    (path,) = (settings.home / "models").glob("*.json")
    assert "sk-test" not in path.read_text()
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0


def test_the_offline_model_leaves_no_file(tmp_path: Path) -> None:
    from tailor_lab.settings import Settings

    LLM(settings=Settings(home=tmp_path / ".lab")).complete(ASK)
    assert not (tmp_path / ".lab" / "models").exists()


@pytest.mark.slow
def test_processes_that_learn_at_once_keep_what_each_has_learned(tmp_path: Path) -> None:
    code = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from tailor_lab.llm.capabilities import CapabilityFile\n"
        "file = CapabilityFile(Path(sys.argv[1]), 'http://here/v1', 'm')\n"
        "for n in range(10):\n"
        "    name = f'drop {sys.argv[2]}{n}'\n"
        "    file.change(lambda k: replace(k, accommodations=(*k.accommodations, name)))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "abc"
    ]
    assert [process.wait(timeout=60) for process in running] == [0, 0, 0]
    assert len(set(capability_file(tmp_path).read().accommodations)) == 30
