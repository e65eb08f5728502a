"""Verifying a report: whatever was altered in it, or in its log, is named."""

import random
import re
from pathlib import Path

import duckdb
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.report import verify
from tailor_lab.report.content import compose
from tailor_lab.report.figures import Page
from tailor_lab.report.pieces import altered
from tailor_lab.report.render import html_page
from tailor_lab.settings import shipped

pytestmark = pytest.mark.slow


def measured(number, factor):
    return {"gain": number * factor + number % 3}


def counted() -> Experiment:
    return Experiment(
        "counted",
        items=[{"id": f"i{i}", "number": i, "kind": ["even", "odd"][i % 2]} for i in range(40)],
        pipeline=Pipeline([measured]),
        variants=[
            Variant("one", parameters={"factor": 1}),
            Variant("two", parameters={"factor": 2}),
        ],
        primary=Metric("gain", margin=1.0),
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab") / ".lab") as opened:
        opened.run(
            Experiment(
                "prompts",
                items=shipped("data/pairs.jsonl"),
                limit=12,
                variants=[Variant("plain", prompt="plain"), Variant("careless", prompt="careless")],
                primary=Metric("improvement", margin=2.0),
                guardrails=[Metric("unsupported_claims", margin=0.02)],
            )
        )
        yield opened


@pytest.fixture(scope="module")
def written(lab, tmp_path_factory) -> tuple[str, object]:
    """The page of the experiment, and what asks for the differences of an altered one."""
    result = lab.result("prompts")
    content = compose(result)
    page = html_page(result, content, None)

    def differences(text: str) -> list[str]:
        return content.figures.differences(Page(text)) + altered(text, page)

    return page, differences


@pytest.mark.slow
def test_an_untouched_report_has_no_difference(written) -> None:
    page, differences = written
    assert differences(page) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_single_altered_digit_is_found_wherever_it_stands(written, seed: int) -> None:
    page, differences = written
    digits = [match.start() for match in re.finditer(r"\d", page)]
    scripts = page.index('<script type="module">')
    # Most of a page are the scripts that draw; those that carry figures stand before them.
    told = [at for at in digits if at < scripts]
    draw = random.Random(seed)
    for at in [*draw.sample(told, 12), draw.choice(digits)]:
        other = str((int(page[at]) + draw.randint(1, 9)) % 10)
        found = differences(page[:at] + other + page[at + 1 :])
        assert found, f"…{page[at - 60 : at]}[{page[at]}→{other}]{page[at + 1 : at + 60]}…"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("Keep plain: careless", "Ship careless", "headline"),
        (">Keep plain<", ">Ship careless<", "outcome"),
        ('<span class="badge bad">', '<span class="badge good">', "Decision"),
        ('data-figure="reason.1">', 'data-figure="reason.1">No ', "reason.1"),
        ('"item_id": "', '"item_id": "another-', "chart differences"),
        ("data:image/svg+xml;base64,", "data:image/svg+xml;base64,AAAA", "Evidence"),
        ('<h2 id="limits">Limits and warnings', '<h2 id="limits">No limits', "limits"),
        ("simulated: they show", "measured: they show", "Limits and warnings"),
        ("</main>", "<p>Approved by the board.</p></main>", "Approved by the board"),
    ],
)
def test_what_was_altered_is_named_with_its_place(written, before, after, says) -> None:
    page, differences = written
    assert before in page
    found = differences(page.replace(before, after, 1))
    assert found
    assert says in " ".join(found)


def test_an_altered_margin_that_would_tip_the_decision_is_named(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        lab.run(counted())
        report = lab.report("counted", tmp_path / "r.html")
        page = report.read_text("utf-8")
        assert page.count('data-figure="flip.1">') == 1
        report.write_text(page.replace('data-figure="flip.1">', 'data-figure="flip.1">No '))
        check = lab.verify(report)
    assert not check.ok
    assert "flip.1" in str(check)


def test_a_row_altered_in_the_log_is_found(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        lab.run(counted())
        report = lab.report("counted", tmp_path / "r.html")
        assert lab.verify(report).ok
        path = lab.log.path
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update scores set value = value + 0.001 where metric = 'gain' and run_id = "
            "(select min(run_id) from scores)"
        )
    with Lab(tmp_path / ".lab") as lab:
        check = lab.verify(report)
    assert not check.ok
    assert any("fingerprint" in difference for difference in check.differences)


def test_a_row_taken_out_of_the_log_is_found(tmp_path: Path) -> None:
    with Lab(tmp_path / ".lab") as lab:
        lab.run(counted())
        report = lab.report("counted", tmp_path / "r.html")
        path = lab.log.path
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from runs where run_id = (select min(run_id) from runs)")
    with Lab(tmp_path / ".lab") as lab:
        check = lab.verify(report)
    assert any("provenance.runs" in difference for difference in check.differences)


@pytest.mark.slow
def test_of_another_version_only_figures_are_compared_and_that_is_said(lab, tmp_path) -> None:
    path = lab.report("prompts", tmp_path / "r.html")
    text = path.read_text(encoding="utf-8")
    older = text.replace("tailor-lab 0.", "tailor-lab 00.").replace("What was done", "The setup")
    path.write_text(older, encoding="utf-8")
    check = lab.verify(path)
    assert check.ok, str(check)
    assert "words and pictures were not" in str(check)
    path.write_text(
        re.sub(r"(data-figure=\"[^\"]*estimate\">)", r"\g<1>1", older, count=1), "utf-8"
    )
    assert not lab.verify(path).ok


@pytest.mark.slow
def test_a_report_cannot_pass_for_another_versions(lab, tmp_path) -> None:
    path = lab.report("prompts", tmp_path / "r.html")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('content="tailor-lab 0.1.0', 'content="tailor-lab 0.1.1'), "utf-8")
    assert any("what wrote it" in difference for difference in lab.verify(path).differences)
    both = text.replace("tailor-lab 0.1.0", "tailor-lab 0.1.1").replace(
        "Keep plain", "Ship careless"
    )
    path.write_text(both, encoding="utf-8")
    assert any("headline" in difference for difference in lab.verify(path).differences)


@pytest.mark.parametrize(
    "change",
    [
        "update stages set duration_ms = duration_ms + 5000",
        "update llm_requests set gen_ai_response_model = 'another'",
        "update cache_requests set outcome = 'hit'",
        "update scores set value = value + 0.001",
        "update runs set improvement = improvement + 0.001",
    ],
)
def test_whatever_row_of_its_runs_is_altered_is_found(tmp_path: Path, change: str) -> None:
    with Lab(tmp_path / ".lab") as lab:
        lab.run(
            Experiment(
                "few",
                items=shipped("data/pairs.jsonl"),
                limit=6,
                variants=[Variant("plain", prompt="plain"), Variant("careless", prompt="careless")],
                primary=Metric("improvement", margin=2.0),
            ),
            progress=False,
        )
        before = lab.result("few").fingerprint()
        path = lab.log.path
    with duckdb.connect(str(path)) as connection:
        table = change.split()[1]
        connection.execute(f"{change} where run_id = (select min(run_id) from {table})")
    with Lab(tmp_path / ".lab") as lab:
        assert lab.result("few").fingerprint() != before


@pytest.mark.slow
def test_the_value_of_a_success_travels_with_the_report(lab, tmp_path) -> None:
    path = lab.report("prompts", tmp_path / "r.html", value_per_success=2.5)
    assert lab.verify(path).ok
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('per-success" content="2.5"', 'per-success" content="x"'), "utf-8")
    with pytest.raises(InputError, match="no number"):
        lab.verify(path)


@pytest.mark.slow
def test_a_file_that_is_no_report_is_refused(lab, tmp_path) -> None:
    path = tmp_path / "r.html"
    path.write_text("<p>hello</p>", encoding="utf-8")
    with pytest.raises(InputError, match="not a report that tailor-lab wrote"):
        lab.verify(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a report in HTML"):
        lab.verify(path)
    with pytest.raises(InputError, match="no such report"):
        lab.verify(tmp_path / "none.html")


def test_a_check_that_fails_shows_nothing_that_a_terminal_obeys() -> None:
    check = verify.Check("r.html", 1, ('Decision: "\x1b[31mred" is in the report',))
    assert "\x1b" not in str(check)
