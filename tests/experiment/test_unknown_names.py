"""Names that nobody knows, and values that only look right, are refused with what to write."""

import numpy as np
import polars as pl
import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant
from tailor_lab.experiment import compare
from tailor_lab.experiment.definition import read_definition

SCORE = Metric("score", margin=1.0)
N = 24


def measured(number: int, gain: float) -> dict[str, float]:
    return {"score": number % 7 + gain, "words": 100.0 + number, "bad": float(number % 5 == 0)}


def defined(**more) -> Experiment:
    return Experiment(
        "named",
        [{"id": f"i{i:02d}", "number": i, "kind": "ab"[i % 2]} for i in range(N)],
        [Variant("base", parameters={"gain": 0.0}), Variant("new", parameters={"gain": 2.0})],
        SCORE,
        [Metric("bad", kind="binary", better="lower", margin=0.3)],
        pipeline=Pipeline([measured]),
        **more,
    )


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    with Lab(tmp_path_factory.mktemp("names")) as lab:
        yield lab.run(defined(), progress=False)


ASKED = {
    "aa": lambda result, name: result.aa(reps=100, metric=name),
    "peeking": lambda result, name: result.peeking(reps=100, metric=name, looks=(1,)),
    "compare": lambda result, name: result.compare(name),
    "looks": lambda result, name: result.looks(name),
    "looks_chart": lambda result, name: result.looks_chart(name),
    "differences": lambda result, name: result.differences("new", name),
    "segments": lambda result, name: result.segments("kind", name),
    "past_effects": lambda result, name: result.past_effects(name),
    "chart": lambda result, name: result.compare().chart(name),
    "one": lambda result, name: result.compare()["new", name],
    "labelled": lambda result, name: result.labelled(name),
    "agreement": lambda result, name: result.agreement(name, "score"),
    "corrected": lambda result, name: result.corrected("score", name),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED.keys())
@pytest.mark.parametrize("name", ["zz", "scores", ""])
def test_a_metric_that_nobody_knows_is_refused_with_those_that_are_known(result, ask, name) -> None:
    with pytest.raises(InputError, match="score") as refused:
        ask(result, name)
    assert "bad" in str(refused.value)


@pytest.mark.parametrize("name", ["replicate", "item_id", "status"])
def test_what_says_which_run_it_is_is_no_metric(result, name) -> None:
    with pytest.raises(InputError, match="has no metric"):
        result.aa(reps=100, metric=name)


def test_a_metric_that_is_named_is_the_one_that_is_answered_for(result) -> None:
    assert result.aa(reps=100, metric="bad").metric == "bad"
    assert result.peeking(reps=100, looks=(1,), metric="bad").metric == "bad"
    # The runs have it, though the experiment does not ask for it.
    assert result.aa(reps=100, metric="words").metric == "words"
    assert result.compare("words")["new"].primary.metric.name == "words"


@pytest.mark.parametrize("shift", ["margin", "1", np.nan, np.inf, -np.inf, True, None, [1]])
def test_a_shift_that_is_no_number_is_refused(result, shift) -> None:
    with pytest.raises(InputError, match="shift is .*a number in the unit that is judged"):
        result.aa(reps=100, shift=shift)


@pytest.mark.parametrize("reps", [0, 99, -5, 100.5, "200", None, np.nan, True])
def test_so_is_a_number_of_repetitions(result, reps) -> None:
    for ask in (result.aa, result.peeking):
        with pytest.raises(InputError, match="reps is .*; use 100 or more"):
            ask(reps=reps)


@pytest.mark.parametrize("spread", [-1, 0, np.nan, np.inf, -np.inf, "3", True, [2.0]])
def test_a_spread_that_nothing_can_have_is_refused_before_planning(tmp_path, spread) -> None:
    with Lab(tmp_path) as lab, pytest.raises(InputError, match="spread is .*a number above 0"):
        lab.plan(defined(), spread=spread)


@pytest.mark.parametrize("given", ["runs.csv", b"runs.csv", ["runs.csv"], [1, 2], 5])
def test_what_is_no_frame_is_refused(given) -> None:
    with pytest.raises(InputError, match="frame|read_results"):
        compare(given, defined())


def test_a_path_is_said_to_be_read_first(tmp_path) -> None:
    for given in ("runs.csv", tmp_path / "runs.csv"):
        with pytest.raises(InputError, match="read_results"):
            compare(given, defined())


@pytest.mark.parametrize("name", ["", " ", "two\nlines", "two\r", "a\u2028b", 3, None])
def test_a_name_is_one_line_of_text(name) -> None:
    makes = (
        lambda: Variant(name),
        lambda: Metric(name),
        lambda: Experiment(name, [], [Variant("a"), Variant("b")], SCORE),
    )
    for make in makes:
        with pytest.raises(InputError, match="needs a name|it must be"):
            make()


@pytest.mark.parametrize(
    "given",
    [
        {"paired": "no"},
        {"paired": 0},
        {"covariates": "number"},
        {"covariates": [1]},
        {"looks": True},
        {"replicates": "2"},
        {"replicates": 1.5},
        {"limit": True},
        {"metrics": SCORE},
        {"metrics": ["words"]},
    ],
    ids=str,
)
def test_a_value_that_would_be_taken_for_another_is_refused(given) -> None:
    (name,) = given
    with pytest.raises(InputError, match=f"{name} is "):
        defined(**given)


@pytest.mark.parametrize("paired", [True, False])
def test_a_definition_says_whether_items_are_paired(tmp_path, paired) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(
        "name: e\nitems: x.csv\nvariants: [{name: a}, {name: b}]\nprimary: {metric: s}\n"
        f"paired: {str(paired).lower()}\n",
        encoding="utf-8",
    )
    assert read_definition(file).paired is paired


def test_a_definition_names_the_line_of_a_variant_without_a_name(tmp_path) -> None:
    file = tmp_path / "e.yaml"
    file.write_text(
        'name: e\nitems: x.csv\nvariants:\n  - {name: a}\n  - {name: ""}\nprimary: {metric: s}\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="line 5: A variant needs a name"):
        read_definition(file)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"paired": False}, "on the same items"),
        ({"goal": "not_worse"}, "which variant is the best"),
    ],
)
def test_a_race_refuses_what_it_cannot_honour_and_runs_nothing(tmp_path, more, why) -> None:
    with Lab(tmp_path) as lab:
        with pytest.raises(InputError, match=why):
            lab.race(defined(**more), progress=False)
        assert lab.log.sql("select count(*) from runs").item() == 0


def test_many_unknown_variants_are_summed_up() -> None:
    names = ["base", "new", *(f"x{i}" for i in range(9)), "y" * 500]
    rows = [
        {"item_id": f"i{i}", "variant": v, "score": i % 7, "bad": 0} for v in names for i in (1, 2)
    ]
    notes = [w for w in compare(pl.DataFrame(rows), defined()).warnings if "row" in w]
    assert len(notes) == 4
    assert notes[-1] == "So are 14 rows of 7 other variants."


def test_rows_of_an_unknown_variant_are_left_out_and_named() -> None:
    rows = [
        {"item_id": f"i{i:02d}", "variant": name, "score": i % 7 + gain + i % 3, "status": status}
        for i in range(40)
        for name, gain, status in (("base", 0.0, "ok"), ("new", 2.0, "ok"), ("zz", 9.0, "failed"))
    ]
    runs = pl.DataFrame(rows).with_columns(bad=pl.lit(0.0))
    known = compare(runs.filter(pl.col("variant") != "zz"), defined())
    found = compare(runs, defined())
    assert found.decision == known.decision
    (more,) = set(found.all_warnings) - set(known.all_warnings)
    assert more.startswith('40 rows are left out, of the variant "zz", which the experiment does')
    assert more.endswith("it has base, new.")
