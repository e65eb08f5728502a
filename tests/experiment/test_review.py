"""People as judges: blind, in random places, in the log at once, compared like any metric."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tailor_lab import Lab
from tailor_lab.errors import InputError
from tailor_lab.experiment.run.review import Review
from tailor_lab.settings import Settings
from tests.experiment.test_judged_metrics import experiment

SMALL = experiment("reviewed", metrics=())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the experiment has run."""
    home = tmp_path_factory.mktemp("finished") / ".lab"
    with Lab(settings=Settings(home=home)) as lab:
        lab.run(SMALL, progress=False)
    return home


@pytest.fixture
def lab(finished: Path, tmp_path: Path) -> Iterator[Lab]:
    home = shutil.copytree(finished, tmp_path / ".lab")
    with Lab(settings=Settings(home=home)) as lab:
        yield lab


def prefer_longer(review: Review) -> None:
    """A simulated reviewer, who likes the longer text."""
    while (shown := review.current) is not None:
        a, b = map(len, shown)
        review.answer("tie" if a == b else "a" if a > b else "b")


def test_labels_of_people_feed_the_same_comparison(lab: Lab) -> None:
    review = lab.review(SMALL, reviewer="Ada", variants=["long"])
    prefer_longer(review)
    assert (review.labelled, review.left) == (12, 0)
    result = lab.result("reviewed")
    comparison = result.labelled().compare("human_preferred")
    found = comparison["long", "human_preferred"]
    assert "human_preferred" in str(comparison)
    assert "human_preferred" in comparison._repr_html_()
    assert comparison.ship() == [], "labels that no plan named decide nothing"
    assert (found.n, found.difference.value, found.verdict) == (12, 1.0, "better")
    rows = lab.log.sql("select * from scores where kind = 'human'")
    assert rows.height == 24
    assert set(rows["metric"]) == {"human_preferred"}


def test_a_review_that_ended_early_goes_on_and_is_compared_as_far_as_it_came(lab: Lab) -> None:
    review = lab.review(SMALL, reviewer="Ada", variants=["long"])
    for _ in range(5):
        review.answer("tie")
    review.answer("skip")
    again = lab.review(SMALL, reviewer="Ada", variants=["long"])
    assert (again.labelled, again.left) == (5, 7)
    other = lab.review(SMALL, reviewer="Ben", variants=["long"])
    assert (other.labelled, other.left) == (0, 12)
    result = lab.result("reviewed").labelled()
    assert result.compare("human_preferred")["long", "human_preferred"].n == 5


def test_places_are_random_hidden_and_the_same_after_a_restart(lab: Lab) -> None:
    places = []
    first, again = (lab.review(SMALL, reviewer="Ada", variants=["long"]) for _ in range(2))
    while first.current is not None:
        assert first.current == again.current
        page = first.html()
        assert "long" not in page
        assert "short" not in page
        places.append(len(first.current[0]) > len(first.current[1]))
        first.answer("skip")
        again.answer("skip")
    assert 0 < sum(places) < len(places)


def test_agreement_of_the_judge_with_people_is_kappa(lab: Lab) -> None:
    prefer_longer(lab.review(SMALL, reviewer="Ada"))
    result = lab.result("reviewed")
    found = result.agreement("preferred")
    assert (found.n, found.value, found.method) == (24, 1.0, "Cohen's kappa")
    with pytest.raises(InputError, match='"nothing"'):
        result.agreement("preferred", "nothing")


def test_a_terminal_takes_single_keys_and_says_what_it_does_not_know(lab: Lab) -> None:
    keys, said = iter(["a", "?", "b", "t", "s", "q"]), list[str]()
    review = lab.review(SMALL, reviewer="Ada", variants=["long"])
    assert review.ask(lambda _: next(keys), said.append) == 3
    assert review.labelled == 3
    assert any('"?" is none of the keys' in line for line in said)


def test_the_widget_takes_keys_and_buttons(lab: Lab) -> None:
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    review = lab.review(SMALL, reviewer="Ada", variants=["long"], limit=4)
    page, controls = review.widget().children
    *buttons, keys = controls.children
    keys.value = "a"
    assert (review.labelled, keys.value) == (1, "")
    keys.value = "x"
    assert review.labelled == 1
    buttons[2].click()
    assert review.labelled == 2
    assert "2 of 4 judged" in page.value
    for _ in range(3):
        keys.value = "B"
    assert "All done" in page.value


def test_what_an_output_says_is_text_and_nothing_else(lab: Lab) -> None:
    review = lab.review(SMALL, reviewer="Ada", variants=["long"])
    hostile = "<script>alert(1)</script>\x1b[2J"
    review._pairs[0].variant.__dict__["value"] = hostile
    assert "<script>" not in review.html()
    assert "&lt;script&gt;" in review.html()
    said: list[str] = []
    review.ask(lambda _: "q", said.append)
    assert "\x1b" not in "".join(said)


def test_what_is_wrong_with_a_review_is_said(lab: Lab) -> None:
    with pytest.raises(InputError, match="reviewer's name"):
        lab.review(SMALL, reviewer=" ")
    with pytest.raises(InputError, match="variant"):
        lab.review(SMALL, reviewer="Ada", variants=["nobody"])
    with pytest.raises(InputError, match="Run it first"):
        lab.review(SMALL.renamed("never-run"), reviewer="Ada")
    review = lab.review(SMALL, reviewer="Ada", limit=1)
    with pytest.raises(InputError, match="use a, b"):
        review.answer("c")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="No run has a label"):
        lab.result("reviewed").labelled()
