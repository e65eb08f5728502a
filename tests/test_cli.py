"""The command line as a user meets it: a real process, its words and its exit code."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import warnings
from pathlib import Path
from unittest.mock import patch

import pytest

from tailor_lab.cli import main
from tailor_lab.settings import shipped
from tests.llm.server import Server
from tests.prompt_files import without_limits

RESUME = shipped("data/resumes/data-mid-analyst.json")
JOB = shipped("data/jobs/job-data-analyst-operations.json")


def run(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tailor_lab", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def run_here(*arguments: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The same in this process: quicker, for tests of words and exit codes; errors are raised."""
    command = ["tailor-lab", *map(str, arguments)]
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.object(sys, "argv", command),
        patch.dict(os.environ, NO_COLOR="1", **environment),
        warnings.catch_warnings(),
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    code = ended.value.code
    assert code is None or isinstance(code, int), code
    return subprocess.CompletedProcess(command, code or 0, out.getvalue(), err.getvalue())


def small_experiment(folder: Path, *, name: str = "small", limit: int = 8) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(
        f"name: {name}\n"
        f"items: {shipped('data/pairs.jsonl')}\n"
        f"limit: {limit}\n"
        "variants:\n"
        "  - {name: grounded, prompt: grounded}\n"
        "  - {name: careless, prompt: careless}\n"
        "primary: {metric: improvement, margin: 2.0}\n"
        "guardrails:\n"
        "  - {metric: unsupported_claims, margin: 0.01}\n"
    )
    return path


def test_help_lists_the_commands(tmp_path: Path) -> None:
    done = run_here("--help", cwd=tmp_path)
    assert done.returncode == 0
    for command in ("demo", "tailor", "run", "compare", "report", "verify", "doctor"):
        assert command in done.stdout


@pytest.mark.slow
def test_tailor_prints_scores_changes_and_facts_and_writes_the_file(tmp_path: Path) -> None:
    out = tmp_path / "tailored.docx"
    done = run("tailor", "--resume", RESUME, "--job", JOB, "--out", out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Score ")
    assert "reworded" in done.stdout
    assert out.is_file()
    beside = json.loads((tmp_path / "tailored.sources.json").read_text(encoding="utf-8"))
    assert any(line["change"] == "reworded" for line in beside["lines"])
    traced = run(
        *("tailor", "--resume", RESUME, "--job", JOB, "--prompt", "layered", "--show-sources"),
        cwd=tmp_path,
    )
    assert "  from /basics/summary: " in traced.stdout
    assert "{+" in traced.stdout
    again = run("tailor", "--resume", out, "--job", JOB, "--json", cwd=tmp_path)
    assert json.loads(again.stdout)["unsupported_claims"] == 0


@pytest.mark.slow
def test_an_experiment_goes_from_definition_to_verified_report(tmp_path: Path) -> None:
    definition = small_experiment(tmp_path)
    done = run("run", definition, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    compared = json.loads(run("compare", "small", "--json", cwd=tmp_path).stdout)
    rows, decision = compared["results"], compared["decision"]
    assert {row["metric"] for row in rows} == {"improvement", "unsupported_claims"}
    assert decision["outcome"] == "keep_baseline"
    assert decision["sentence"] in done.stdout
    assert [(each["variant"], each["ship"]) for each in decision["variants"]] == [
        ("careless", False)
    ]
    assert run("compare", "small", cwd=tmp_path).returncode == 0
    for name in ("worse", "not-shipped", "keep-baseline"):
        failed = run("compare", "small", "--fail-if", name, cwd=tmp_path)
        assert failed.returncode == 1
        assert f"--fail-if {name}: " in failed.stderr
    others = [word for name in ("ship", "continue", "cannot-judge") for word in ("--fail-if", name)]
    assert run("compare", "small", *others, cwd=tmp_path).returncode == 0
    several = run("compare", "small", *others, "--fail-if", "not-shipped", cwd=tmp_path)
    assert several.returncode == 1
    assert run("run", definition, "--fail-if", "not-shipped", cwd=tmp_path).returncode == 1
    assert run("report", "small", "--out", "r.html", cwd=tmp_path).returncode == 0
    verified = run("verify", "r.html", cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout
    assert "agree with the log" in verified.stdout
    operations = json.loads(run("effectiveness", "--json", cwd=tmp_path).stdout)
    assert operations["total_operations"] == 16


@pytest.mark.slow
def test_an_altered_digit_in_a_report_is_found(tmp_path: Path) -> None:
    run("run", small_experiment(tmp_path), cwd=tmp_path)
    run("report", "small", "--out", "r.html", cwd=tmp_path)
    page = tmp_path / "r.html"
    text = page.read_text(encoding="utf-8")
    start = text.index(">", text.index('data-figure="careless.improvement.estimate"')) + 1
    at = next(i for i in range(start, start + 20) if text[i].isdigit())
    page.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :], encoding="utf-8")
    verified = run("verify", "r.html", cwd=tmp_path)
    assert verified.returncode == 1
    assert "careless.improvement.estimate" in verified.stdout


def test_doctor_says_what_is_configured(tmp_path: Path) -> None:
    done = run_here("doctor", cwd=tmp_path)
    assert done.returncode == 0
    assert "offline (extractive, not an LLM)" in done.stdout
    dead = run_here("doctor", cwd=tmp_path, REDIS_URL="redis://:hidden@127.0.0.1:1")
    assert dead.returncode == 1
    assert "127.0.0.1:1 does not answer" in dead.stdout
    assert "hidden" not in dead.stdout + dead.stderr
    home = tmp_path / "home"
    home.mkdir()
    (home / "cache.sqlite").write_bytes(b"not a database " * 100)
    broken = run_here("doctor", "--home", str(home), cwd=tmp_path)
    assert broken.returncode == 1
    assert "Move the file away to start with an empty cache" in broken.stdout


def test_prompts_can_be_listed_shown_compared_and_criticised(tmp_path: Path) -> None:
    listed = json.loads(run_here("prompts", "list", "--json", cwd=tmp_path).stdout)
    assert {"plain", "grounded"} <= {prompt["name"] for prompt in listed}
    assert "Use only facts" in run_here("prompts", "show", "grounded", cwd=tmp_path).stdout
    assert (
        "+Use only facts" in run_here("prompts", "diff", "plain", "grounded", cwd=tmp_path).stdout
    )
    rendered = run_here(
        "prompts", "render", "plain", "--item", shipped("data/pairs.jsonl"), cwd=tmp_path
    )
    assert "<resume>" in rendered.stdout
    layered = run_here(
        *("prompts", "render", "layered", "--item", shipped("data/pairs.jsonl")),
        *("--layers", "truth,industry", "--id", "cloud-mid-devops--finance-staff-accountant"),
        cwd=tmp_path,
    )
    assert layered.stdout.startswith("# layers\nlayers: truth, industry\nindustry: finance (")
    assert "Level:" not in layered.stdout
    assert re.search(r"About \d+ tokens: system \d+, user \d+", layered.stderr)
    compared = run_here(
        *("prompts", "diff", "grounded", "layered", "--item", shipped("data/pairs.jsonl")),
        cwd=tmp_path,
    )
    assert "+Industry: security and cloud." in compared.stdout
    assert "{%" not in compared.stdout
    assert run_here("prompts", "lint", "grounded", cwd=tmp_path).returncode == 0
    careless = run_here("prompts", "lint", "careless", cwd=tmp_path)
    assert careless.returncode == 1
    assert "Quantify" in careless.stdout


@pytest.mark.slow
def test_the_log_and_the_cache_can_be_asked(tmp_path: Path) -> None:
    run_here("run", small_experiment(tmp_path, limit=2), cwd=tmp_path)
    rows = run_here("log", "sql", "select count(*) as n from runs", "--json", cwd=tmp_path)
    assert json.loads(rows.stdout) == [{"n": 4}]
    assert run_here("log", "sql", "drop table runs", cwd=tmp_path).returncode == 2
    stats = json.loads(run_here("cache", "stats", "--json", cwd=tmp_path).stdout)
    assert {row["namespace"] for row in stats} == {"llm/grounded", "llm/careless"}
    key = json.loads(
        run_here(
            "log", "sql", "select any_value(key) as k from cache_requests", "--json", cwd=tmp_path
        ).stdout
    )[0]["k"]
    assert "bytes" in run_here("cache", "inspect", key, cwd=tmp_path).stdout
    assert run_here("cache", "clear", cwd=tmp_path).returncode == 0
    gone = run_here("cache", "inspect", key, cwd=tmp_path)
    assert gone.returncode == 2
    assert "Nothing is kept" in gone.stderr


@pytest.mark.slow
def test_a_missing_extra_is_named_and_other_formats_work(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules.update(pypdf=None, fpdf=None, docx=None)"
    code = f"{hidden}; import tailor_lab.cli as c; c.main()"
    command = [sys.executable, "-c", code, "tailor", "--resume", RESUME, "--job", JOB]
    plain = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert plain.returncode == 0
    (tmp_path / "resume.pdf").write_bytes(b"%PDF-1.7 ...")
    command[5] = "resume.pdf"
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(
        'Reading and writing PDF needs more libraries: pip install "tailor'
    )


@pytest.mark.slow
def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    home = "/proc/no-such-folder"
    done = run("tailor", "--resume", RESUME, "--job", JOB, "--home", home, cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().endswith("set TAILOR_LAB_HOME to a folder that can be written.")
    assert run("doctor", "--home", home, cwd=tmp_path).returncode == 1


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "broken.json").write_text('{\n  "basics": {\n    "name": "A",,\n  }\n}')
    (tmp_path / "empty.txt").write_text("  \n")
    (tmp_path / "photo.pdf").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (tmp_path / "novel.txt").write_text("It was a dark and stormy night. " * 200)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tailor", "--resume", "gone.pdf", "--job", JOB], "gone.pdf"),
        (["tailor", "--resume", "broken.json", "--job", JOB], "line 3"),
        (["tailor", "--resume", "photo.pdf", "--job", JOB], "photo.pdf"),
        (["tailor", "--resume", "novel.txt", "--job", JOB], "novel.txt"),
        (["tailor", "--resume", RESUME, "--job", "empty.txt"], "empty.txt"),
        (["tailor", "--resume", RESUME, "--job", JOB, "--prompt", "nope"], 'no prompt "nope"'),
        (["tailor", "--resume", RESUME, "--job", JOB, "--out", "x.exe"], "x.exe"),
        (
            ["tailor", "--resume", RESUME, "--job", JOB, "--out", "no/where.md"],
            "there is no folder",
        ),
        (["tailor", "--resume", RESUME], "--job"),
        (["tailor", "--resume", RESUME, "--job", JOB, "--mode", "wild"], "wild"),
        (["run", "gone.yaml"], "gone.yaml"),
        (["compare", "nothing"], 'no experiment "nothing"'),
        (["report", "nothing"], 'no experiment "nothing"'),
        (["verify", "gone.html"], "gone.html"),
        (["verify", "novel.txt"], "not a report"),
        (["effectiveness", "--by", "nope"], 'no column "nope"'),
        (["nonsense"], "nonsense"),
    ],
)
def test_a_users_mistake_is_one_sentence_and_exit_code_2(files: Path, arguments, says) -> None:
    before = {path.name for path in files.iterdir()}
    done = run_here(*arguments, cwd=files)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    left = {path.name for path in files.iterdir()} - before
    assert left <= {".lab"}, "nothing half-written stays"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "says"),
    [
        (
            {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "sk-hidden"},
            "127.0.0.1:9",
        ),
        ({}, "OPENAI_API_KEY"),
        ({"TAILOR_LAB_MODEL": "nope:x"}, "nope"),
    ],
)
def test_a_model_that_cannot_be_used_is_explained(tmp_path: Path, environment, says) -> None:
    environment = {"TAILOR_LAB_MODEL": "openai:gpt-x", **environment}
    done = run("tailor", "--resume", RESUME, "--job", JOB, cwd=tmp_path, **environment)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stdout + done.stderr


def test_cache_commands_say_what_a_dead_redis_was_not_told(tmp_path: Path) -> None:
    dead = {"REDIS_URL": "redis://:hidden@127.0.0.1:1"}
    stats = run_here("cache", "stats", cwd=tmp_path, **dead)
    cleared = run_here("cache", "clear", cwd=tmp_path, **dead)
    invalidated = run_here("cache", "invalidate", "resume:42", cwd=tmp_path, **dead)
    wrong = run_here("cache", "stats", cwd=tmp_path, REDIS_URL="http://:hidden@127.0.0.1")
    assert (stats.returncode, cleared.returncode, invalidated.returncode) == (0, 1, 1)
    assert "in disk" in stats.stderr
    assert "Not cleared in redis" in cleared.stderr
    assert "invalidate again" in invalidated.stderr
    assert wrong.returncode == 2
    assert "not the URL of a Redis server" in wrong.stderr
    for done in (stats, cleared, invalidated, wrong):
        assert "Traceback" not in done.stderr
        assert "hidden" not in done.stdout + done.stderr


def test_replay_shows_policies_beside_the_bound_and_draws_them(tmp_path: Path) -> None:
    trace = tmp_path / "trace.csv"
    trace.write_text("key\n" + "\n".join("abcabdabcabeabc"))
    done = run_here(
        "replay", trace, "-p", "lru", "-p", "sieve", "-s", "2", "--chart", "c.png", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "| 2    | sieve" in done.stdout
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    rows = json.loads(
        run_here("replay", trace, "-p", "lru", "-s", "2", "--json", cwd=tmp_path).stdout
    )
    assert rows[0]["hit_ratio"] <= rows[0]["bound"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "There are no cache requests in the log"),
        (["missing.csv"], "there is no such file"),
        (["trace.csv", "-p", "mru"], "'mru' is not a policy"),
        (["trace.csv", "-s", "ten%"], "is not a share"),
        (["trace.csv", "-s", "tiny"], "is not a size"),
        (["trace.txt"], "a trace is a .csv, .parquet or .jsonl file"),
        (["broken.csv"], 'needs a column "key"'),
    ],
)
def test_replay_refuses_wrong_input_in_a_sentence(arguments, says, tmp_path: Path) -> None:
    (tmp_path / "trace.csv").write_text("key\na\nb\n")
    (tmp_path / "broken.csv").write_text("name\na\n")
    done = run_here("replay", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "environment", "options"),
    [
        ("timeout: 0.3", {}, ()),
        ("timeout: 60", {"TAILOR_LAB_TIMEOUT": "0.3"}, ()),
        ("timeout: 60", {"TAILOR_LAB_TIMEOUT": "50"}, ("--timeout", "0.3")),
    ],
    ids=["table", "environment", "option"],
)
def test_a_timeout_can_be_set_in_each_of_three_ways(
    tmp_path: Path, table: str, environment: dict[str, str], options: tuple[str, ...]
) -> None:
    with Server() as server:
        server.delay_s = 2.0
        (tmp_path / "experiments").mkdir()
        (tmp_path / "experiments" / "providers.yaml").write_text(
            f"providers: {{house: {{base_url: '{server.url}', retries: 0, {table}}}}}\n"
        )
        environment = {"TAILOR_LAB_MODEL": "house:m", **environment}
        pair = ("--resume", RESUME, "--job", JOB)
        home = ("--home", tmp_path / ".lab")
        for command in (("tailor", *pair), ("doctor",)):
            done = run_here(*command, *options, *home, cwd=tmp_path, **environment)
            assert "within 0.3 s" in done.stdout + done.stderr


@pytest.mark.slow
def test_a_longest_answer_is_sent_and_a_wrong_key_exits_with_2(tmp_path: Path) -> None:
    path = small_experiment(tmp_path, limit=4)
    without_limits(tmp_path)
    with Server() as server:
        keys = {"OPENAI_BASE_URL": server.url, "OPENAI_API_KEY": "sk-0123456789"}
        environment = {"TAILOR_LAB_MODEL": "openai:m", **keys}
        home = ("--home", tmp_path / ".lab")
        run_here("run", path, "--max-tokens", "123", *home, cwd=tmp_path, **environment)
        assert {body["max_tokens"] for body in server.requests} == {123}
        for status, reason in (
            (401, "no such key"),
            (402, "no money left"),
            (404, "no such model"),
        ):
            server.requests.clear()
            server.refusal, server.refused_with = reason, status
            options = ("--answers", "refresh", "--jobs", "2", "--max-tokens", str(status))
            again = small_experiment(tmp_path, name=f"small{status}", limit=4)
            done = run_here("run", again, *options, *home, cwd=tmp_path, **environment)
            assert done.returncode == 2
            assert reason in done.stderr.splitlines()[-1]
            assert "Traceback" not in done.stderr
            assert len(server.requests) <= 2
