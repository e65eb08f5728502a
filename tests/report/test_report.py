"""Reports: the same figures in every format, each of them traceable to the log."""

import re
from pathlib import Path

import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.report import write_report
from tailor_lab.report.figures import Page

pytestmark = pytest.mark.slow

HOSTILE = "<script>alert(\"x\")</script>=cmd|' /C calc'!A0 & | # [x](javascript:y)"


def measured(number, factor):
    return {"gain": number * factor + number % 3}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("lab") / ".lab") as opened:
        for name, variant in (("plain", "double"), ("hostile", HOSTILE)):
            opened.run(
                Experiment(
                    name,
                    items=[{"id": f"{HOSTILE}{i}", "number": i} for i in range(1, 41)],
                    pipeline=Pipeline([measured]),
                    variants=[
                        Variant("single", parameters={"factor": 1}),
                        Variant(variant, parameters={"factor": 2}),
                    ],
                    primary=Metric("gain", margin=1.0),
                    question=HOSTILE,
                )
            )
        yield opened


def test_a_report_verifies_against_its_log(lab, tmp_path: Path) -> None:
    path = lab.report("plain", tmp_path / "r.html")
    check = lab.verify(path)
    assert check.ok, str(check)
    assert check.figures > 20


def test_every_altered_figure_is_named(lab, tmp_path: Path) -> None:
    path = lab.report("plain", tmp_path / "r.html")
    text = path.read_text(encoding="utf-8")
    figure = next(iter(Page.read(path).figures))
    shown = f'data-figure="{figure}">'
    path.write_text(text.replace(shown, f"{shown}9", 1), encoding="utf-8")
    check = lab.verify(path)
    assert not check.ok
    assert figure in check.differences[0]


def test_text_of_users_stays_text(lab, tmp_path: Path) -> None:
    page = lab.report("hostile", tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    markdown = lab.report("hostile", tmp_path / "r.md").read_text(encoding="utf-8")
    assert "<script>" not in markdown
    assert "[x](javascript" not in markdown
    data = lab.report("hostile", tmp_path / "r.csv").read_text(encoding="utf-8")
    assert "\n=" not in data
    assert ",=" not in data


def test_markdown_and_data_say_the_same_as_the_page(lab, tmp_path: Path) -> None:
    comparison = lab.result("plain").compare()
    markdown = lab.report("plain", tmp_path / "r.md").read_text(encoding="utf-8")
    assert comparison["double", "gain"].summary in markdown
    frame = pl.read_parquet(lab.report("plain", tmp_path / "r.parquet"))
    assert frame["difference"][0] == comparison["double", "gain"].difference.value
    assert pl.read_csv(lab.report("plain", tmp_path / "r.csv")).height == frame.height


def test_the_same_log_gives_the_same_report(lab, tmp_path: Path) -> None:
    first, second = (lab.report("plain", tmp_path / name) for name in ("a.html", "b.html"))
    assert first.read_bytes() == second.read_bytes()


def test_the_page_asks_for_nothing_from_the_network(lab, tmp_path: Path) -> None:
    page = lab.report("plain", tmp_path / "r.html").read_text(encoding="utf-8")
    head, _, script = page.partition('<script type="module">')
    assert all(src.startswith("data:") for src in re.findall('src="([^"]*)', head))
    assert "<link" not in head
    assert "http" not in head
    assert 'from "http' not in script
    assert "import(" not in script[:200]


@pytest.mark.parametrize(
    ("name", "says"),
    [("r.doc", "written as .html, .md, .pdf"), ("no/such/r.html", "does not exist")],
)
def test_a_place_that_cannot_be_is_refused_and_nothing_is_left(lab, tmp_path, name, says) -> None:
    with pytest.raises(InputError, match=says):
        lab.report("plain", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_fails_half_way_leaves_the_old_one(lab, tmp_path, monkeypatch) -> None:
    path = lab.report("plain", tmp_path / "r.md")
    before = path.read_text(encoding="utf-8")
    result = lab.result("plain")
    monkeypatch.setattr("tailor_lab.report.content.compose", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_report(result, path)
    assert path.read_text(encoding="utf-8") == before
    assert [p.name for p in tmp_path.iterdir()] == ["r.md"]
