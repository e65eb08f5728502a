"""What a pipeline and a batch show of themselves, on a terminal and in a notebook."""

import time
from xml.etree import ElementTree

import pytest

from tailor_lab.pipeline import Pipeline, stage


def load(number):
    return number


@stage(retries=2, timeout=30.0, max_concurrency=8)
def slow(load):
    time.sleep(0.02)
    return load


def quick(load):
    return load


def end(slow, quick):
    return slow + quick


PIPELINE = Pipeline([load, slow, quick, end])
HOSTILE = Pipeline([stage(load, name='<script>alert(1)</script> & "x"')])


def test_text_says_what_waits_for_what_and_under_which_rules():
    assert str(PIPELINE).splitlines() == [
        "* load",
        "* slow ← load  [2 retries, timeout 30 s, 8 at once]",
        "  quick ← load",
        "* end ← slow, quick",
    ]


def test_pictures_leave_out_what_other_steps_imply():
    def last(load, end):
        return load + end

    drawn = Pipeline([load, slow, quick, end, last]).mermaid()
    assert drawn.count("-->") == 5
    assert "s0 --> s4" not in drawn


@pytest.mark.parametrize("pipeline", [PIPELINE, HOSTILE])
def test_svg_is_well_formed_whatever_stages_are_called(pipeline):
    root = ElementTree.fromstring(pipeline.svg())
    boxes = root.findall(".//{http://www.w3.org/2000/svg}rect")
    assert len(boxes) == len(pipeline.stages)
    assert not root.findall(".//{http://www.w3.org/2000/svg}script")
    assert "<script>" not in pipeline._repr_html_()


def test_a_batch_marks_the_path_that_took_longest_by_the_times_measured():
    batch = PIPELINE.map([{"number": n} for n in range(6)], n_jobs=2)
    html = batch._repr_html_()
    assert "6 items" in html
    assert "times faster" in html
    assert html.count('stroke-width="2.5"') == 5, "three stages and two steps are critical"


def test_the_timeline_has_a_bar_for_each_stage_that_ran():
    batch = PIPELINE.map([{"id": f"i{n}", "number": n} for n in range(6)], n_jobs=2)
    chart = batch.timeline()
    frame = chart.data
    assert frame.height == 24
    assert (frame["end"] >= frame["start"]).all()
    assert "times faster" in chart.to_dict()["title"]["text"]
    assert batch.timeline(items=2).data["item_id"].n_unique() == 2


def test_progress_says_rate_time_to_go_and_failures(capsys):
    def odd_fails(number):
        if number % 2:
            raise ValueError("odd")

    items = [{"number": n} for n in range(30)]
    Pipeline([odd_fails]).map(items, progress=True, cost=lambda run: 0.01)
    shown = capsys.readouterr().err
    assert "30/30" in shown
    assert "failed=15" in shown
    assert "cost=0.3000 USD" in shown
    Pipeline([odd_fails]).map(items)
    assert capsys.readouterr().err == ""
