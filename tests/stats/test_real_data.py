"""Published answers of real experiments: Cookie Cats, a Udacity course, the AlpacaEval board."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats as scipy_stats

from tailor_lab import stats

SHARED = Path(__file__).parents[3] / "shared" / "data"


def real(name: str) -> Path:
    path = Path(os.environ.get("TAILOR_LAB_SHARED_DATA", SHARED)) / name
    if not path.exists():
        pytest.skip(f"real data not here: {path} (set TAILOR_LAB_SHARED_DATA)")
    return path


def test_cookie_cats_keeps_fewer_players_for_a_week_with_the_later_gate() -> None:
    """Published: day-7 retention 19.02 % with gate 30, 18.20 % with gate 40."""
    players = pl.read_csv(real("abtest_cookie_cats/cookie_cats.csv"))
    kept = pl.col("retention_7").cast(pl.String).str.to_lowercase() == "true"
    early, late = (
        players.filter(pl.col("version") == gate).select(kept.cast(pl.Float64)).to_series()
        for gate in ("gate_30", "gate_40")
    )
    assert (len(early), len(late)) == (44_700, 45_489)
    assert early.mean() == pytest.approx(0.1902, abs=5e-5)
    found = stats.proportions(early, late)
    table = [[early.sum(), len(early) - early.sum()], [late.sum(), len(late) - late.sum()]]
    theirs = scipy_stats.chi2_contingency(table, correction=False)
    assert found.value == pytest.approx(-0.0082, abs=5e-5)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-6)
    assert found.high is not None
    assert found.high < 0


@pytest.mark.parametrize(
    ("column", "difference", "low", "high"),
    [("Enrollments", -0.02055, -0.0291, -0.0120), ("Payments", -0.00487, -0.0116, 0.0019)],
)
def test_the_udacity_course_gives_its_published_intervals(
    column: str, difference: float, low: float, high: float
) -> None:
    arms = []
    for arm in ("control", "experiment"):
        days = pl.read_csv(real(f"abtest_udacity/{arm}.csv")).drop_nulls()
        clicks, hits = int(days["Clicks"].sum()), int(days[column].sum())
        arms.append(np.r_[np.ones(hits), np.zeros(clicks - hits)])
    found = stats.proportions(*arms)
    assert found.value == pytest.approx(difference, abs=5e-6)
    assert found.low == pytest.approx(low, abs=1e-4)
    assert found.high == pytest.approx(high, abs=1e-4)


def annotations() -> pl.DataFrame:
    return pl.read_parquet(real("eval_alpaca2/annotations.parquet"))


def test_alpaca_evals_win_rates_and_standard_errors_are_those_of_its_board() -> None:
    board = pl.read_csv(real("eval_alpaca2/leaderboard_published.csv"))
    published = {row[0]: row[1:3] for row in board.iter_rows()}
    compared = 0
    for (model,), rows in annotations().group_by("model"):
        if model not in published:
            continue
        wins = 100 * (rows["preference"].drop_nulls().drop_nans().to_numpy() - 1)
        found = stats.paired(np.zeros(len(wins)), wins)
        assert found.value == pytest.approx(published[model][0], rel=1e-6)
        # The baseline against itself: no spread, whose standard error is not known.
        assert (found.se or 0.0) == pytest.approx(published[model][1], rel=1e-6)
        compared += 1
    assert compared == 57


def test_two_models_of_alpaca_eval_differ_as_published_with_the_data() -> None:
    """claude-2.1 against gpt-3.5-turbo-1106: 6.56 points, t = 5.91, 78 and 27 discordant items."""
    names = ["gpt-3.5-turbo-1106", "claude-2.1"]
    wide = annotations().filter(pl.col("model").is_in(names))
    table = wide.pivot(on="model", index="item_id", values="preference").drop_nulls()
    a, b = (100 * (table[name] - 1) for name in names)
    found = stats.paired(a, b)
    assert found.value == pytest.approx(6.56, abs=0.005)
    assert found.value / (found.se or 1) == pytest.approx(5.91, abs=0.005)
    won = stats.paired_proportions((a > 50).cast(pl.Float64), (b > 50).cast(pl.Float64))
    assert won.value == pytest.approx((78 - 27) / 805, abs=1e-9)
    flips = stats.permutation(a, b, resamples=20_000)
    assert (flips.p or 0) < 0.001
