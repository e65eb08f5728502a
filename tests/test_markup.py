"""How objects show themselves: as text, and as pages that no text of a user can change."""

from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tailor_lab import Cache, Experiment, Lab, Memory, Metric, Pipeline, Variant
from tailor_lab.markup import Markup, Shown, badge, bullets, escape, page, table
from tailor_lab.tailoring import load_job, load_resume, score, verify

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><b onmouseover=alert(1)>',
    "</td></tr></table><h1>",
    "</style><style>*{display:none}",
    "\u202egnp.exe",
    "=cmd|' /C calc'!A0",
    "[link](javascript:alert(1))",
    "&lt;b&gt;",
    "a\x1b[31mred",
]


class Reader(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self._style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._style = False

    def handle_data(self, data: str) -> None:
        self.text += "" if self._style else data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


@given(st.text(max_size=60) | st.sampled_from(HOSTILE))
def test_no_text_becomes_markup(text: str) -> None:
    plain = read(page(table(["a"], [["x"]], caption="x"), bullets(["x"]), badge("good", "x"), "x"))
    shown = read(
        page(table(["a"], [[text]], caption=text or "x"), bullets([text]), badge("bad", text), text)
    )
    assert shown.tags == plain.tags
    assert shown.attributes == plain.attributes


@given(st.text(max_size=60))
def test_what_is_joined_to_markup_by_hand_is_text_again(text: str) -> None:
    joined = badge("good", "fine") + text
    assert not isinstance(joined, Markup)
    assert "<" not in escape(joined)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """One of each of the objects that a notebook shows, made of hostile texts."""
    home: Path = tmp_path_factory.mktemp("lab")
    bad = HOSTILE[0]
    pipeline = Pipeline([first, second])
    batch = pipeline.map([{"text": bad}, {"text": ""}], progress=False)
    cache = Cache(memory=Memory(), shared=None)
    cache.wrap(bad, "key", lambda: 1)
    resume = {
        "basics": {"name": bad, "summary": bad},
        "work": [{"name": bad, "position": "Nurse", "startDate": "2019", "highlights": [bad]}],
        "skills": [{"name": bad, "keywords": [bad]}],
    }
    job = {"title": f"Nurse {bad}", "text": f"Nurse\nRequirements\n- {bad}\n- Triage"}
    lab = Lab(home)
    experiment = Experiment(
        bad,
        items=[{"id": f"{bad}{i}", "resume": resume, "job": job} for i in range(4)],
        variants=[Variant(bad, prompt="plain"), Variant("b", prompt="grounded")],
        primary=Metric("improvement"),
        question=bad,
    )
    result = lab.run(experiment, progress=False)
    changed = {**resume, "basics": {"name": bad, "summary": f"{bad} 70%"}}
    return {
        "run": batch.runs[0],
        "failed run": batch.runs[1],
        "batch": batch,
        "pipeline": pipeline,
        "cache stats": cache.stats(),
        "experiment": experiment,
        "result": result,
        "comparison": result.compare(),
        "forecast": lab.plan(experiment),
        "tailored": lab.tailor(resume, job, prompt="careless"),
        "score": score(load_resume(resume), load_job(job)),
        "facts": verify(resume, changed),
        "log": lab.log,
        "overview": lab.log.overview(),
        "effectiveness": lab.log.effectiveness(),
        "costs": lab.log.costs(by="variant"),
        "lab": lab,
    }


def first(text: str) -> str:
    if not text:
        raise ValueError(HOSTILE[1])
    return text


def second(first: str) -> str:
    return first


NAMES = [
    *("run", "failed run", "batch", "pipeline", "cache stats", "experiment", "result"),
    *("comparison", "forecast", "tailored", "score", "facts", "log", "overview"),
    *("effectiveness", "costs", "lab"),
]


@pytest.mark.parametrize("name", NAMES)
def test_every_object_shows_itself_and_hostile_text_stays_text(
    name: str, shown: dict[str, object]
) -> None:
    thing = shown[name]
    html = thing._repr_html_()  # type: ignore[attr-defined]
    found = read(html)
    assert not {"script", "img", "iframe", "a"} & set(found.tags)
    assert not any(attribute.startswith("on") for attribute in found.attributes)
    assert found.text.strip()
    assert str(thing).strip()


def test_hostile_texts_are_shown_as_they_are_written(shown: dict[str, object]) -> None:
    for name in ("run", "experiment", "comparison", "cache stats", "facts"):
        assert HOSTILE[0] in read(shown[name]._repr_html_()).text, name  # type: ignore[attr-defined]


def test_in_a_terminal_an_object_is_its_text_and_not_its_fields(shown: dict[str, object]) -> None:
    for name, thing in shown.items():
        if isinstance(thing, Shown) and name != "pipeline":
            assert repr(thing) == str(thing), name
    frame = pl.DataFrame([{"a": str(shown["comparison"])}])
    assert "improvement" in frame["a"][0]


def test_keys_complete_by_tab(shown: dict[str, object]) -> None:
    assert shown["run"]._ipython_key_completions_() == ["first", "second"]  # type: ignore[attr-defined]
    assert shown["comparison"]._ipython_key_completions_() == ["b"]  # type: ignore[attr-defined]


def test_a_log_that_cannot_be_read_says_so_instead_of_raising(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.log.record("runs", {"run_id": "r1", "variant": "a"})
    lab.close()
    lab.log.path.write_bytes(b"this is no database" * 100)
    html = Lab(tmp_path).log._repr_html_()
    assert "RunLog" in html
    assert "lab.duckdb" in read(html).text
