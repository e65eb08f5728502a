"""Dates as people write them."""

import pytest

from tailor_lab.tailoring.dates import Month, find_ranges, months_covered, parse_date


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2019-03", "2019-03"),
        ("2019-03-15", "2019-03-15"),
        ("03/2019", "2019-03"),
        ("3.2019", "2019-03"),
        ("15.03.2019", "2019-03"),
        ("March 2019", "2019-03"),
        ("Mar. 2019", "2019-03"),
        ("Sept 2019", "2019-09"),
        ("Mar '19", "2019-03"),
        ("mars 2019", "2019-03"),
        ("Dezember 2018", "2018-12"),
        ("15 March 2019", "2019-03"),
        ("Summer 2018", "2018-06"),
        ("Q2 2020", "2020-04"),
        ("2020 Q4", "2020-10"),
        ("2019", "2019"),
    ],
)
def test_a_date_is_read_in_any_spelling(written: str, iso: str) -> None:
    date = parse_date(written)
    assert date is not None
    assert date.iso() == iso


@pytest.mark.parametrize("written", ["soon", "13/2019", "1234", "20199", "May", ""])
def test_what_is_no_date_is_not_read_as_one(written: str) -> None:
    assert parse_date(written) is None


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("03/2019 – present", "2019-03", None),
        ("Mar 2019 to date", "2019-03", None),
        ("Jan 2018 - Mar 2020", "2018-01", "2020-03"),
        ("2015-17", "2015-01", "2017-12"),
        ("2015 — 2017", "2015-01", "2017-12"),
        ("Jan - Mar 2020", "2020-01", "2020-03"),
        ("from June 2011 until August 2012", "2011-06", "2012-08"),
        ("since 2021", "2021-01", None),
        ("2019-03 – 2021-04", "2019-03", "2021-04"),
        ("Summer 2018 - Q2 2020", "2018-06", "2020-06"),
        ("2013-12-01 – 2014-12-01", "2013-12", "2014-12"),
    ],
)
def test_a_span_of_time_is_read_in_any_spelling(written: str, start: str, end: str | None) -> None:
    (found,) = find_ranges(f"Nurse, {written}, Leeds")
    assert str(found.start) == start
    assert (None if found.end is None else str(found.end)) == end


@pytest.mark.parametrize("text", ["cut from 120 to 40 ms", "2019 people", "$2015 - 2017 units"])
def test_numbers_that_are_no_dates_make_no_span(text: str) -> None:
    assert find_ranges(text) == []


def test_months_that_overlap_count_once() -> None:
    ranges = find_ranges("2015-01 to 2016-12; 2016-07 to 2017-06; 2019-01 to present")
    assert months_covered(ranges, until=Month(2019, 3)) == 30 + 3
