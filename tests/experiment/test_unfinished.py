"""A run that was cut short: it is said, it fails a gate, and it shows itself as what it is."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.identity import source_hash
from tailor_lab.llm.offline.server import OfflineServer
from tests.test_cli import run, small_experiment


def measured(number, factor):
    return {"gain": number * factor + number % 3}


def counted(**options) -> Experiment:
    return Experiment(
        "counted",
        items=[{"id": f"i{i}", "number": i} for i in range(30)],
        pipeline=Pipeline([measured]),
        variants=[
            Variant("one", parameters={"factor": 1}),
            Variant("two", parameters={"factor": 2}),
        ],
        primary=Metric("gain", margin=1.0),
        **options,
    )


@pytest.fixture
def priced(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A project whose model is served over HTTP at an assumed price; yields its environment."""
    (tmp_path / "experiments").mkdir()
    (tmp_path / "pyproject.toml").touch()
    with OfflineServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        (tmp_path / "experiments" / "providers.yaml").write_text(
            f"providers: {{house: {{base_url: {server.url}}}}}\n"
            "prices: {offline: {input_usd: 50, output_usd: 50}}\n"
        )
        yield {"TAILOR_LAB_HOME": str(tmp_path / ".lab"), "TAILOR_LAB_MODEL": "house:offline"}
        server.shutdown()


@pytest.mark.slow
def test_a_budget_that_ends_a_run_fails_the_build_and_the_gate(tmp_path, priced) -> None:
    definition = small_experiment(tmp_path)
    done = run("run", definition, "--budget", "0.6", "--jobs", "1", cwd=tmp_path, **priced)
    assert "of 16 planned runs are missing; run it again to go on" in done.stderr, done.stderr
    assert done.returncode == 1
    gate = run("compare", "small", "--fail-if", "worse", cwd=tmp_path, **priced)
    assert gate.returncode == 1, gate.stdout
    assert "cannot tell yet" in gate.stdout
    rest = run("run", definition, cwd=tmp_path, **priced)
    assert rest.returncode == 0, rest.stderr


def test_what_came_to_no_look_is_a_regression(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        result = lab.run(counted())
        assert result.missing == 0
        assert result.compare().regressions() == []
        half = result.frame.head(20)
        cut = type(result)(**{**vars(result), "frame": half})
        assert cut.missing == 40
        assert [r.metric.name for r in cut.compare().regressions()] == ["gain"]
        (decision,) = cut.compare().ship()
        assert str(decision).startswith("Do not ship two: gain: cannot tell yet: ")


def test_an_experiment_that_is_read_from_the_log_is_shown_as_it_was(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        lab.run(counted())
        again = lab.result("counted").experiment
    assert "30 given" in str(again)
    assert [v.parameters for v in again.variants] == [{"factor": 1}, {"factor": 2}]


def test_one_variant_of_a_comparison_shows_itself(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        comparison = lab.run(counted()).compare()
        two = comparison["two"]
        assert two["gain"] is comparison["two", "gain"]
        assert str(two).splitlines()[0] == f"two: {two.verdict}"
        assert "<table>" in two._repr_html_()
        with pytest.raises(InputError, match='no metric "speed"'):
            two["speed"]
        with pytest.raises(InputError, match="nope"):
            lab.result("counted").differences("nope")


@pytest.mark.parametrize("columns", ["50", "200"])
def test_a_comparison_fits_the_terminal(tmp_path: Path, monkeypatch, columns) -> None:
    with Lab(tmp_path / ".lab") as lab:
        comparison = lab.run(counted()).compare()
    monkeypatch.setenv("COLUMNS", columns)
    decisions, _, told = str(comparison).partition("\n\n")
    assert max(map(len, told.splitlines())) <= int(columns)
    assert comparison["two", "gain"].summary in told
    assert decisions.startswith("Ship two")


def test_why_runs_failed_is_said(tmp_path: Path) -> None:
    def measured(number, factor):
        if number % 3 == 0 and factor == 2:
            raise ValueError(f"no number {number}")
        return {"gain": float(number)}

    with Lab(tmp_path / ".lab") as lab:
        experiment = counted()
        failing = Experiment(**{**vars(experiment), "pipeline": Pipeline([measured])})
        notes = lab.run(failing).compare().warnings
    assert any("10 of 60 runs failed (two 10), most by ValueError" in note for note in notes)
    assert any("no number" in note for note in notes)


def test_changed_source_is_another_state_of_the_code(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = source_hash(tmp_path)
    source_hash.cache_clear()
    assert source_hash(tmp_path) == first
    (tmp_path / "a.py").write_text("x = 2\n")
    source_hash.cache_clear()
    assert source_hash(tmp_path) != first
