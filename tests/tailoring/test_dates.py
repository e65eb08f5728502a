"""Dates as people write them."""

import pytest

from tailor_lab.tailoring.text.dates import Month, find_ranges, months_covered, parse_date


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
        ("août 2019", "2019-08"),
        ("Michaelmas 2019", "2019-10"),
        ("spring semester 2019", "2019-03"),
        ("Holiday season 2019", "2019-11"),
        ("Winter 2019/20", "2019-12"),
        ("Spring 2018/19", "2019-03"),
        ("mid-2018", "2018-05"),
        ("late 2019", "2019-09"),
        ("FY19", "2019"),
        ("FY 2019", "2019"),
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
        ("03/19 – 05/21", "2019-03", "2021-05"),
        ("03/19 – present", "2019-03", None),
        ("Mar 19 - Jun 21", "2019-03", "2021-06"),
        ("Mar-2019 to Jun-2021", "2019-03", "2021-06"),
        ("Mar’19–Apr’20", "2019-03", "2020-04"),
        ("Aug, 2018 – Sep, 2019", "2018-08", "2019-09"),
        ("10.2018 – 12.2019", "2018-10", "2019-12"),
        ("8/15/2018 - 9/30/2019", "2018-08", "2019-09"),
        ("H1 2021 - H2 2022", "2021-01", "2022-12"),
        ("Q1–Q3 2020", "2020-01", "2020-09"),
        ("Spring – Fall 2019", "2019-03", "2019-11"),
        ("Fall '18 – Spring '19", "2018-09", "2019-05"),
        ("2018/19", "2018-01", "2019-12"),
        ("1st March 2019 - 30th June 2020", "2019-03", "2020-06"),
        ("02/2016-present", "2016-02", None),
        ("2022 - in progress", "2022-01", None),
        ("July 2017 -- till now", "2017-07", None),
        ("2015 onwards", "2015-01", None),
        ("FY19–FY21", "2019-01", "2021-12"),
        ("AY 2017-18", "2017-01", "2018-12"),
        ("mid-2018 – late 2019", "2018-05", "2019-12"),
        ("Winter 2019/20", "2019-12", "2020-02"),
        ("'17 – '19", "2017-01", "2019-12"),
        ("janvier 2018 – août 2019", "2018-01", "2019-08"),
    ],
)
def test_a_span_of_time_is_read_in_any_spelling(written: str, start: str, end: str | None) -> None:
    (found,) = find_ranges(f"Nurse, {written}, Leeds")
    assert str(found.start) == start
    assert (None if found.end is None else str(found.end)) == end


@pytest.mark.parametrize(
    "text",
    [
        "cut from 120 to 40 ms",
        "2019 people",
        "$2015 - 2017 units",
        "about 3/4 to 4/5",
        "2017 – 2015",
    ],
)
def test_numbers_that_are_no_dates_make_no_span(text: str) -> None:
    assert find_ranges(text) == []


def test_a_dash_with_nothing_behind_it_goes_on() -> None:
    (found,) = find_ranges("Nurse, Jan. 2019 –")
    assert (str(found.start), found.end) == ("2019-01", None)


def test_months_that_overlap_count_once() -> None:
    ranges = find_ranges("2015-01 to 2016-12; 2016-07 to 2017-06; 2019-01 to present")
    assert months_covered(ranges, until=Month(2019, 3)) == 30 + 3
