"""The report in a real browser, with the network cut."""

from pathlib import Path

import pytest

from tailor_lab import Experiment, Lab, Metric, Variant
from tailor_lab.settings import shipped
from tests.axe import violations
from tests.browser import needs_chromium, opened

pytestmark = [pytest.mark.browser, pytest.mark.slow, needs_chromium]


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    with Lab(folder / ".lab") as lab:
        lab.run(
            Experiment(
                "prompts",
                items=shipped("data/pairs.jsonl"),
                limit=24,
                variants=[Variant("plain", prompt="plain"), Variant("careless", prompt="careless")],
                primary=Metric("improvement", margin=2.0),
                guardrails=[Metric("unsupported_claims", margin=0.02)],
            )
        )
        return lab.report("prompts", folder / "report.html")


def unfolded(page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_accessible_and_without_an_error(report: Path, scheme: str) -> None:
    with opened(color_scheme=scheme) as (page, problems):
        page.goto(report.as_uri())
        page.wait_for_selector("body[data-charts=drawn]", timeout=60_000)
        charts = page.locator(".chart")
        assert charts.count() == 4
        for chart in charts.all():
            box = chart.locator(".live canvas, .live svg").first.bounding_box()
            assert box is not None
            assert box["width"] > 200
            assert box["height"] > 50
            assert not chart.locator("img").first.is_visible()
        assert "improvement" in page.locator("table").first.inner_text()
        unfolded(page)
        assert page.locator("mark").count() > 3
        assert violations(page) == []
        assert problems == []


def test_without_scripts_the_charts_are_pictures(report: Path) -> None:
    with opened(java_script_enabled=False) as (page, problems):
        page.goto(report.as_uri())
        for chart in page.locator(".chart").all():
            assert chart.locator("img.light").is_visible()
            assert not chart.locator("img.dark").is_visible()
            assert chart.locator("img.light").evaluate("one => one.naturalWidth") > 200
        assert problems == []


def test_it_prints_its_charts_in_the_light_look(report: Path) -> None:
    with opened(color_scheme="dark") as (page, _):
        page.goto(report.as_uri())
        page.wait_for_selector("body[data-charts=drawn]", timeout=60_000)
        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator(".changes").first.is_visible(), "what is folded is printed too"
        assert not page.locator(".ids table").is_visible()
        chart = page.locator(".chart").first
        assert chart.locator("img.light").is_visible()
        assert not chart.locator(".live").is_visible()
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(255, 255, 255)"


def test_on_a_telephone_nothing_hangs_over_the_side(report: Path) -> None:
    with opened(viewport={"width": 400, "height": 800}) as (page, _):
        page.goto(report.as_uri())
        page.wait_for_selector("body[data-charts=drawn]", timeout=60_000)
        unfolded(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
