"""A résumé and a posting full of markup, scripts, formulas and directional marks: only text."""

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tailor_lab import Experiment, Lab, Metric, Variant
from tests.browser import needs_chromium, opened

MARKUP = "<img src=x onerror=alert(1)><script>alert(2)</script><b onclick=alert(3)>bold</b>"
LINK = "[click](javascript:alert(4)) **strong** `code` | cell |"
FORMULA = "=cmd|' /C calc'!A0"
TURNED = "\u202egnirts\u202c العربية"
ALL = f"{FORMULA} {MARKUP} {LINK} {TURNED}"
RESUME = {
    "basics": {
        "name": f"Ada {MARKUP}",
        "label": f"Engineer {LINK}",
        "email": "ada@example.org",
        "summary": f"{ALL} Python engineer who builds services.",
        "profiles": [{"network": MARKUP, "url": "javascript:alert(5)"}],
    },
    "work": [
        {
            "name": f"Acme {MARKUP}",
            "position": f"=HYPERLINK(A1) Engineer {TURNED}",
            "startDate": "2019-01",
            "endDate": "2023-05",
            "highlights": [f"Built Python services {ALL}", f"Cut costs by 12% {MARKUP}", FORMULA],
        }
    ],
    "education": [{"institution": MARKUP, "studyType": "Bachelor", "endDate": "2018"}],
    "skills": [{"name": LINK, "keywords": ["Python", "SQL", MARKUP, FORMULA]}],
}
JOB = (
    f"Python Engineer {MARKUP}\n\nRequirements\n- Python {ALL}\n- SQL and Docker {LINK}\n- Kafka\n"
)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and nothing of its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_only_text(page: str) -> None:
    """Nothing of a résumé became an element, a handler, an address or a mark that hides."""
    own = {"img": "data:image/svg+xml;base64,"}
    for tag, attributes in Elements(page).found:
        assert tag not in {"b", "iframe", "object", "embed", "form"}, tag
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            value = str(attributes.get(name) or "#")
            assert value.startswith(("#", own.get(tag, "#"), "/", "data:")), value
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("resumes", "jobs"):
        (folder / name).mkdir()
    for number in range(12):
        person = json.loads(json.dumps(RESUME))
        person["work"][0]["highlights"].append(f"Ran {number + 3} databases {MARKUP}")
        (folder / "resumes" / f"=r{number}.json").write_text(json.dumps(person), "utf-8")
    (folder / "jobs" / f"{FORMULA.replace('/', '')}.txt").write_text(JOB, "utf-8")
    with Lab(folder / ".lab") as opened_lab:
        opened_lab.run(
            Experiment(
                f"hostile {MARKUP}",
                items=folder,
                question=ALL,
                variants=[
                    Variant("=plain", prompt="plain"),
                    Variant(f"{MARKUP} {TURNED}\x1b[31m", prompt="careless"),
                ],
                primary=Metric("improvement", margin=2.0),
                guardrails=[Metric("unsupported_claims", margin=0.1)],
            ),
            progress=False,
        )
        yield opened_lab


@pytest.fixture(scope="module")
def report(lab) -> Path:
    return lab.report(f"hostile {MARKUP}", lab.settings.home / "report.html")


@pytest.mark.slow
def test_every_object_of_a_notebook_shows_it_as_text(lab) -> None:
    result = lab.result(f"hostile {MARKUP}")
    assert set(result.frame["status"]) == {"ok"}
    tailored = lab.tailor(RESUME, JOB, prompt="careless")
    for thing in (tailored, result, result.compare(), result.experiment, lab, lab.log.system()):
        page = thing._repr_html_()
        assert page
        assert_only_text(page)
        assert not re.search("[\x1b\u202a-\u202e]", str(thing)), "nor does a terminal obey it"


@pytest.mark.slow
def test_the_report_shows_it_as_text_in_every_format(lab, report: Path) -> None:
    page = report.read_text(encoding="utf-8")
    # Scripts are the page's own; the data that they read is JSON, in which < is escaped.
    body, *scripts = page.split("<script")
    assert_only_text(body)
    assert len(scripts) == 3
    assert lab.verify(report).ok
    text = lab.report(f"hostile {MARKUP}", report.with_suffix(".md")).read_text(encoding="utf-8")
    assert not re.search(r"(?<!\\)<(img|script|b )|(?<!\\)\]\(javascript", text)


@pytest.mark.slow
def test_no_cell_of_its_data_is_a_formula(lab, report: Path) -> None:
    files = [lab.report(f"hostile {MARKUP}", report.with_suffix(".csv"))]
    files += lab.log.export(report.parent / "runs.csv", tables=["runs"])
    for file in files:
        with file.open(encoding="utf-8", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        words = [cell for cell in cells if not re.fullmatch(r"[-+]?[\d.e+-]*|-inf|\+inf", cell)]
        assert len(words) > 10
        assert [cell for cell in words if cell[:1] in "=+-@\t\r"] == []


@pytest.mark.slow
@pytest.mark.browser
@needs_chromium
def test_in_a_browser_nothing_of_it_runs(report: Path) -> None:
    with opened() as (page, problems):
        page.goto(report.as_uri())
        page.wait_for_selector("body[data-charts=drawn]", timeout=60_000)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")
        assert page.locator(".changes").count() > 2
        assert page.locator("main b, main script, main img[src=x]").count() == 0
        assert problems == []
