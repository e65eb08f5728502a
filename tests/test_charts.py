"""Charts: a frame in, a chart out that draws, says its finding, and needs no network."""

import json
import math
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from tailor_lab import InputError, charts

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
GANTT = pl.DataFrame(
    {
        "item_id": ["a", "a", "b"],
        "stage": ["read", "score", "read"],
        "status": ["ok", "failed", "ok"],
        "start": [0.0, 0.5, 0.1],
        "end": [0.5, 0.9, 0.4],
        "attempts": [1, 3, 1],
    }
)
WORKERS = pl.DataFrame(
    {
        "workers": [1, 2, 8],
        "wall_s": [4.1, 2.2, 0.8],
        "sequential_s": [4.0, 4.0, 4.1],
        "bound_s": [4.0, 2.0, 0.5],
    }
)
SPENT = pl.DataFrame(
    {
        "day": [date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 3)],
        "group": ["a", "b", "a"],
        "value": [0.2, 0.1, 0.4],
    }
)
SPANS = pl.DataFrame(
    {"label": ["a", "b"], "value": [1.0, 2.0], "low": [0.5, None], "high": [1.5, None]}
)
REPEATED = pl.DataFrame(
    {"value": [0.0, 3.0], "low": [-1.0, 2.0], "high": [1.0, 4.0], "p": [0.9, 0.01]}
)
ALARMS = pl.DataFrame(
    {
        "looks": [1, 20, 1, 20],
        "method": ["peeking", "peeking", "planned", "planned"],
        "rate": [0.05, 0.24, 0.05, 0.05],
        "low": [0.04, 0.22, 0.04, 0.04],
        "high": [0.06, 0.26, 0.06, 0.06],
    }
)
CHANCES = pl.DataFrame(
    {
        "scenario": ["no difference"] * 3 + ["better"] * 3,
        "decision": ["ship", "continue", "keep_baseline"] * 2,
        "share": [0.02, 0.1, 0.88, 0.8, 0.19, 0.01],
    }
)
DRAWN = {
    "decisions": lambda: charts.decisions(CHANCES, title="Ships 2 % of nothing"),
    "gantt": lambda: charts.gantt(GANTT, title="The second waits"),
    "scaling": lambda: charts.scaling(WORKERS, title="Eight are five times faster"),
    "by_day": lambda: charts.by_day(SPENT, title="The third was dearest", unit="USD"),
    "intervals": lambda: charts.intervals(SPANS, title="b is larger", unit="USD", reference=0.0),
    "coverage": lambda: charts.coverage(REPEATED, title="One of two misses"),
    "false_alarms": lambda: charts.false_alarms(ALARMS, title="Peeking costs"),
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
    bundle, told = DRAWN[name]()._repr_mimebundle_()
    assert told["image/png"]["alt"] == DRAWN[name]().to_dict()["title"]["text"]
    assert {"application/vnd.vegalite.v5+json", "image/png", "text/plain"} == set(bundle)
    assert "text/html" not in bundle


def test_an_interval_without_an_end_is_drawn_beyond_all_others() -> None:
    data = DRAWN["estimates"]().to_dict()["datasets"]
    rows = next(rows for rows in data.values() if "variant" in rows[0])
    assert rows[1]["low"] < 0.4
    assert rows[1]["high"] > 5.0


ROWS = 1_000_000
NUMBERS = pl.int_range(ROWS, eager=True)
NAMES = ("n" + NUMBERS.cast(pl.String)).alias("name")
WAVES = (NUMBERS * 0.37).sin()


def many(**columns: pl.Series | pl.Expr) -> pl.DataFrame:
    return pl.DataFrame({"at": NUMBERS}).select(**columns)


SPAN = {"value": WAVES, "low": WAVES - 1, "high": WAVES + 1}
KINDS = ("k" + (NUMBERS % 3).cast(pl.String)).alias("kind")
EPOCH = pl.lit(date(2020, 1, 1)) + pl.duration(days=pl.col("at") % 100_000)
LONG = {
    "estimates": lambda: charts.estimates(
        many(variant=NAMES, verdict=pl.lit("better"), **SPAN), title="T"
    ),
    "paired_differences": lambda: charts.paired_differences(
        many(item_id=NAMES, difference=WAVES), title="T"
    ),
    "before_and_after": lambda: charts.before_and_after(
        many(variant=KINDS, before=WAVES * 50 + 50, after=WAVES * 40 + 60), title="T"
    ),
    "distributions": lambda: charts.distributions(many(variant=KINDS, value=WAVES), title="T"),
    "looks": lambda: charts.looks(
        many(variant=KINDS, items=NUMBERS, decided=pl.lit(value=False), **SPAN), title="T"
    ),
    "power_curve": lambda: charts.power_curve(
        many(items=NUMBERS + 1, detectable=WAVES + 2), items=100, title="T"
    ),
    "segments": lambda: charts.segments(
        many(
            variant=KINDS,
            segment=NAMES,
            n=NUMBERS,
            difference=WAVES,
            low=WAVES - 1,
            high=WAVES + 1,
        ),
        title="T",
    ),
    "sensitivity": lambda: charts.sensitivity(
        many(
            component=NAMES,
            variant=KINDS,
            score=WAVES,
            shipped=WAVES,
            order_changed=pl.lit(value=False),
        ),
        title="T",
    ),
    "trend": lambda: charts.trend(
        many(period=EPOCH, n=NUMBERS + 1, group=KINDS, moving_mean=WAVES, **SPAN), title="T"
    ),
    "hit_ratio_by_size": lambda: charts.hit_ratio_by_size(
        many(policy=KINDS, size=NUMBERS // 3 + 1, hit_ratio=WAVES, bound=WAVES), title="T"
    ),
    "gantt": lambda: charts.gantt(
        many(
            item_id=NAMES,
            stage=KINDS,
            status=pl.lit("ok"),
            start=NUMBERS,
            end=NUMBERS + 1,
            attempts=pl.lit(1),
        ),
        title="T",
    ),
    "decisions": lambda: charts.decisions(
        many(scenario=NAMES, decision=KINDS, share=WAVES), title="T"
    ),
    "bars": lambda: charts.bars(many(label=NAMES, value=WAVES), title="T"),
    "by_day": lambda: charts.by_day(many(day=EPOCH, group=KINDS, value=WAVES), title="T"),
    "scaling": lambda: charts.scaling(
        many(workers=NUMBERS + 1, wall_s=WAVES + 2, sequential_s=WAVES + 3, bound_s=WAVES + 1),
        title="T",
    ),
    "intervals": lambda: charts.intervals(many(label=NAMES, **SPAN), title="T"),
    "coverage": lambda: charts.coverage(many(**SPAN), title="T"),
    "false_alarms": lambda: charts.false_alarms(
        many(looks=NUMBERS, method=KINDS, rate=WAVES, low=WAVES, high=WAVES), title="T"
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_a_million_rows_are_aggregated_before_they_are_drawn(name: str) -> None:
    specification = LONG[name]().to_dict()
    assert sum(len(rows) for rows in specification["datasets"].values()) <= 5_000
    assert len(json.dumps(specification)) < 1_000_000


def test_every_chart_is_drawn_and_tried_with_a_million_rows() -> None:
    drawing = {name for name in charts.__all__ if name.islower()} - {"save", "restyle"}
    assert drawing == set(DRAWN) == set(LONG)


def test_joined_periods_keep_the_mean_over_all_runs() -> None:
    days = pl.DataFrame(
        {
            "period": [date(2020, 1, 1) + timedelta(days=i) for i in range(4_000)],
            "value": [float(i % 7) for i in range(4_000)],
            "n": [1 + i % 5 for i in range(4_000)],
        }
    )
    rows = next(iter(charts.trend(days, title="T").to_dict()["datasets"].values()))
    assert len(rows) == 400
    mean = (days["value"] * days["n"]).sum() / days["n"].sum()
    drawn = sum(row["value"] * row["n"] for row in rows) / sum(row["n"] for row in rows)
    assert drawn == pytest.approx(mean)


def test_days_that_share_a_bar_keep_their_sum() -> None:
    days = pl.DataFrame(
        {"day": [date(2020, 1, 1) + timedelta(days=i) for i in range(1_000)], "value": 1.0}
    )
    rows = next(iter(charts.by_day(days, title="T").to_dict()["datasets"].values()))
    assert len(rows) <= 400
    assert sum(row["value"] for row in rows) == 1_000


def test_what_is_left_out_is_said() -> None:
    subtitle = LONG["bars"]().to_dict()["title"]["subtitle"]
    assert subtitle == "the first 40 of 1,000,000 rows"
    assert "100 of 1,000,000 items" in LONG["gantt"]().to_dict()["title"]["subtitle"]


@pytest.mark.parametrize("look", ["light", "dark"])
def test_words_are_legible_on_light_and_on_dark_paper(look) -> None:
    config = charts.restyle(DRAWN["bars"](), look).to_dict()["config"]
    paper = config["background"]
    inks = [
        config["title"]["color"],
        config["title"]["subtitleColor"],
        config["axis"]["labelColor"],
        config["legend"]["titleColor"],
        config["style"]["note"]["color"],
    ]
    assert all(contrast(ink, paper) >= 4.5 for ink in inks)


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2.2."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_restyling_keeps_what_the_user_configured() -> None:
    own = DRAWN["bars"]().configure_axis(labelFontSize=20)
    config = charts.restyle(own, "dark").to_dict()["config"]
    assert config["axis"]["labelFontSize"] == 20
    assert config["background"] != charts.restyle(own, "light").to_dict()["config"]["background"]


def test_a_chart_is_saved_dark_as_svg(tmp_path: Path) -> None:
    path = tmp_path / "chart.svg"
    charts.save(DRAWN["bars"](), path, look="dark")
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<svg")
    assert "#111827" in text


def test_in_a_notebook_the_page_chooses_the_ink() -> None:
    bundle, _ = DRAWN["bars"]()._repr_mimebundle_()
    config = bundle["application/vnd.vegalite.v5+json"]["config"]
    assert config["background"] == "transparent"
    assert "labelColor" not in config["axis"]
    note = config["style"]["note"]["color"]
    assert min(contrast(note, "#FFFFFF"), contrast(note, "#111111")) > 4
    assert config["range"]["category"] == charts.PALETTE


def test_a_chart_made_dark_stays_dark_in_a_notebook() -> None:
    bundle, _ = charts.restyle(DRAWN["bars"](), "dark")._repr_mimebundle_()
    config = bundle["application/vnd.vegalite.v5+json"]["config"]
    assert config["background"] == "#111827"
    assert config["axis"]["labelColor"]


def test_every_verdict_has_a_colour_of_its_kind() -> None:
    from typing import get_args

    from tailor_lab.experiment.verdict import Verdict

    assert set(get_args(Verdict)) == set(charts.VERDICT_COLOURS)


@pytest.mark.parametrize("stages", [3, 7, 8, 20])
def test_no_two_stages_of_a_timeline_look_alike(stages: int) -> None:
    rows = [
        {"item_id": "a", "stage": f"s{n}", "status": "ok", "start": n, "end": 2 * n, "attempts": 1}
        for n in range(stages)
    ]
    scale = charts.gantt(pl.DataFrame(rows), title="t").to_dict()["encoding"]["color"]["scale"]
    assert len(set(scale["range"])) == len(scale["range"]) == len(scale["domain"]) <= 8
    shown = [f"s{n}" for n in range(max(0, stages - 7), stages)]
    assert scale["domain"] == shown + ([f"{stages - 7} more"] if stages > 7 else [])


ODD = "a\x1b[31m\x00\ufffe\u202eb"


def test_a_label_that_would_end_the_process_is_drawn_with_its_controls_shown(tmp_path) -> None:
    frame = pl.DataFrame({"label": [ODD, "plain", None], "value": [1.0, 2.0, 3.0]})
    chart = charts.bars(frame, title=ODD, subtitle=ODD, label="label", value="value", unit=ODD)
    charts.save(chart, tmp_path / "odd.svg")
    drawing = (tmp_path / "odd.svg").read_text(encoding="utf-8")
    assert r"a\x1b[31m\x00\ufffe\u202eb" in drawing
    assert "plain" in drawing


@pytest.mark.parametrize("name", [n for n in charts.__all__ if n.islower()])
def test_every_chart_function_shows_controls(name: str) -> None:
    if name not in {"restyle", "save"}:
        assert hasattr(getattr(charts, name), "__wrapped__"), f"{name} lacks @question"


def test_the_frame_of_a_comparison_can_be_drawn_as_it_is() -> None:
    rows = [
        {
            "variant": v,
            "metric": m,
            "difference": d,
            "low": 0.5,
            "high": 3.0,
            "verdict": "better",
        }
        for v, m, d in (("a", "x", 1.0), ("a", "y", 2.0), ("b", "x", None))
    ]
    frame = pl.DataFrame(rows, schema_overrides={"difference": pl.Float64, "low": pl.Float64})
    drawn = charts.estimates(frame, title="t").to_dict()
    (data,) = [d for d in drawn["datasets"].values() if "verdict" in d[0]]
    assert sorted(row["variant"] for row in data) == ["a, x", "a, y"]


@pytest.mark.parametrize(
    ("path", "says"), [("x.gif", "written as .png"), ("no/such/x.png", "cannot be written")]
)
def test_a_chart_that_cannot_be_written_is_refused_in_a_sentence(tmp_path, path, says) -> None:
    chart = charts.bars(
        pl.DataFrame({"a": ["x"], "b": [1.0]}), title="t", label="a", value="b", unit="u"
    )
    with pytest.raises(InputError, match=says):
        charts.save(chart, tmp_path / path)
    with pytest.raises(InputError, match="no look of a chart; there is light, dark"):
        charts.restyle(chart, "neon")


def test_a_single_period_has_an_axis_and_seconds_are_told_as_clock_times() -> None:
    from datetime import datetime, timedelta

    start = datetime(2026, 1, 1, 12)
    one = pl.DataFrame({"period": [start], "value": [0.4666], "n": [3]})
    y = charts.trend(one, title="t").to_dict()["layer"][1]["encoding"]["y"]
    assert y["scale"]["domain"][0] < 0.4666 < y["scale"]["domain"][1]
    many = pl.DataFrame(
        {
            "period": [start + timedelta(seconds=s) for s in range(20)],
            "value": [float(s) for s in range(20)],
            "n": [1] * 20,
        }
    )
    x = charts.trend(many, title="t").to_dict()["layer"][0]["encoding"]["x"]
    assert x["axis"]["format"] == "%H:%M:%S"
