"""Charts: a frame in, a chart out that draws, says its finding, and needs no network."""

import json
import math
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tailor_lab import charts

ESTIMATES = pl.DataFrame(
    {
        "variant": ["grounded", "short"],
        "value": [3.1, 0.4],
        "low": [1.2, -math.inf],
        "high": [5.0, None],
        "verdict": ["better", "inconclusive"],
        "margin": [2.0, 2.0],
    }
)
DIFFERENCES = pl.DataFrame(
    {"item_id": [f"i{i}" for i in range(900)], "difference": [math.sin(i) for i in range(900)]}
)
SCORES = pl.DataFrame({"variant": ["a", "b"], "before": [40.0, None], "after": [50.0, 61.0]})
DAYS = pl.DataFrame(
    {
        "period": [date(2026, 1, 1) + timedelta(days=i) for i in range(9)],
        "value": [float(i) for i in range(9)],
        "n": list(range(1, 10)),
    }
)
BARS = pl.DataFrame({"label": ["first", "again"], "value": [12.0, 1.0]})
SIZES = pl.DataFrame(
    {
        "policy": ["lru", "sieve"] * 2,
        "size": [100, 100, 2000, 2000],
        "hit_ratio": [0.2, 0.25, 0.5, 0.45],
        "bound": [0.4, 0.4, 0.7, 0.7],
    }
)
VALUES = pl.DataFrame(
    {"variant": ["a", "b"] * 100, "value": [math.sin(i) + i % 2 for i in range(200)]}
)
LOOKS = pl.DataFrame(
    {
        "variant": ["b"] * 3,
        "items": [30, 60, 90],
        "value": [2.0, 2.5, 2.4],
        "low": [None, 0.4, 1.0],
        "high": [None, 4.6, 3.8],
        "decided": [False, True, True],
        "margin": [1.0] * 3,
    }
)
CURVE = pl.DataFrame({"items": [20, 50, 100, 200], "detectable": [0.6, 0.4, 0.28, 0.2]})
SEGMENTS = pl.DataFrame(
    {
        "variant": ["b", "b", "b"],
        "segment": ["junior", "senior", "rare"],
        "n": [40, 50, 2],
        "difference": [1.0, 3.0, None],
        "low": [-1.0, 1.5, None],
        "high": [3.0, 4.5, None],
    }
)
WEIGHTS = pl.DataFrame(
    {
        "component": ["title", "title", "seniority", "seniority"],
        "variant": ["a", "b"] * 2,
        "score": [50.0, 55.0, 52.0, 51.0],
        "shipped": [51.0, 54.0] * 2,
        "order_changed": [False, False, True, True],
    }
)
DRAWN = {
    "sensitivity": lambda: charts.sensitivity(WEIGHTS, title="Seniority decides"),
    "hit_ratio_by_size": lambda: charts.hit_ratio_by_size(SIZES, title="Each leads once"),
    "estimates": lambda: charts.estimates(ESTIMATES, title="It is better", unit="points"),
    "paired_differences": lambda: charts.paired_differences(DIFFERENCES, title="Half gain"),
    "before_and_after": lambda: charts.before_and_after(SCORES, title="Up by ten"),
    "distributions": lambda: charts.distributions(VALUES, title="They overlap", unit="points"),
    "looks": lambda: charts.looks(LOOKS, title="b was decided at 60 items", unit="points"),
    "power_curve": lambda: charts.power_curve(CURVE, items=100, margin=0.3, title="100 are enough"),
    "segments": lambda: charts.segments(SEGMENTS, title="Seniors gain more", unit="points"),
    "trend": lambda: charts.trend(DAYS, title="It rises", unit="points"),
    "bars": lambda: charts.bars(BARS, title="The cache saves 92 %", unit="s"),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_draws_and_carries_its_finding(name: str, tmp_path: Path) -> None:
    chart = DRAWN[name]()
    path = tmp_path / "chart.png"
    charts.save(chart, str(path))
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 5_000
    assert chart.to_dict()["title"]["text"]


@pytest.mark.parametrize("name", DRAWN)
def test_a_chart_shows_itself_in_a_notebook_without_a_network(name: str) -> None:
    bundle = DRAWN[name]()._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    assert {"application/vnd.vegalite.v5+json", "image/png", "text/plain"} == set(bundle)
    assert "text/html" not in bundle


def test_an_interval_without_an_end_is_drawn_beyond_all_others() -> None:
    data = DRAWN["estimates"]().to_dict()["datasets"]
    rows = next(rows for rows in data.values() if "variant" in rows[0])
    assert rows[1]["low"] < 0.4
    assert rows[1]["high"] > 5.0


def test_many_items_are_aggregated_before_they_are_drawn() -> None:
    specification = json.dumps(DRAWN["paired_differences"]().to_dict())
    assert specification.count('"rank"') < 500


def test_every_verdict_has_a_colour_of_its_kind() -> None:
    from typing import get_args

    from tailor_lab.experiment.verdict import Verdict

    assert set(get_args(Verdict)) == set(charts.VERDICT_COLOURS)
