"""What a true figure, deed or standing is said of: spread, paired, shared, settled, glued."""

from typing import Any

import pytest

from tailor_lab.tailoring.facts import FactsReport, verify


def reworded(said: str, claimed: str, position: str = "") -> FactsReport:
    entry: dict[str, Any] = {"name": "Hale Haulage", "position": position}
    source = {"work": [{**entry, "highlights": [said]}]}
    return verify(source, {"work": [{**entry, "highlights": [claimed]}]})


def certified(said: dict[str, str], claimed: dict[str, str]) -> FactsReport:
    return verify({"certificates": [said]}, {"certificates": [claimed]})


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Sold 61 boats in 2021 and 48 in 2022", "Sold 61 boats in both 2021 and 2022"),
        ("Sold 61 boats in 2021 and 48 in 2022", "Sold 61 boats in 2022"),
        ("Passed 92% of tests in May and 85% in June", "Passed 92% of tests in each month"),
        ("Raised takings from €410,000 to €520,000", "Raised takings from €310,000 to €520,000"),
        ("Raised takings from €410,000 to €520,000", "Raised takings from €410,000 to €490,000"),
        ("Cut returns from 8% to 6%", "Cut returns in half"),
        ("Cut returns from 8% to 6%", "Cut returns by half"),
        ("Cut returns from 8% to 6%", "Halved returns"),
        ("Raised output from 40 to 60 crates", "Doubled output"),
        ("Raised output from 40 to 60 crates", "Tripled the output of crates"),
        (
            "Baked in smaller batches to cut waste",
            "Baked in smaller batches for a third less waste",
        ),
        (
            "Baked in smaller batches to cut waste",
            "Baked in smaller batches and took a fifth off waste",
        ),
        ("Led tours of 8 to 20 guests", "Led tours of 20 guests or more"),
        ("Led tours of 20 guests", "Led tours of 20 guests and above"),
    ],
)
def test_a_figure_that_is_the_sources_but_said_of_something_else_blocks(
    said: str, claimed: str
) -> None:
    assert reworded(said, claimed).blocked


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Sold 61 boats in 2021 and 48 in 2022", "Sold 48 boats in 2022 and 61 in 2021"),
        ("Sold 61 boats in 2021 and 48 in 2022", "Sold 61 boats in 2021"),
        ("Sold 61 boats in 2021 and 48 in 2022", "Sold 109 boats in 2021 and 2022"),
        ("Raised takings from €410,000 to €520,000", "Raised takings from €410k to €520k"),
        ("Raised takings from €410,000 to €520,000", "Raised takings from over €400k to €520k"),
        ("Cut returns from 8% to 4%", "Halved returns"),
        ("Cut returns from 8% to 6%", "Cut returns by a quarter"),
        ("Raised output from 40 to 80 crates", "Doubled output"),
        ("Led tours of 20 or more guests", "Led tours of 20 guests or more"),
        ("Gave 52 rabies shots to dogs", "Gave 52 anti-rabies shots to dogs"),
    ],
)
def test_a_figure_said_of_the_same_thing_passes(said: str, claimed: str) -> None:
    assert reworded(said, claimed).flagged == ()


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Co-wrote the depot handbook", "Wrote the depot handbook"),
        ("Co-wrote the depot handbook", "Authored the depot handbook"),
        ("Co-wrote a handbook with plates", "Wrote a handbook with plates"),
        ("Co-designer of a folding crate", "Designer of a folding crate"),
        ("Drew route plans for the fleet manager to approve", "Drew and approved route plans"),
        ("Kept ledgers, audited by the treasurer", "Kept and audited ledgers"),
        ("Prepared bids for hauliers", "Prepared and negotiated bids for hauliers"),
        ("Wrote a provisional patent for a hinge", "Wrote a patent for a hinge"),
        ("Inventor on a pending patent for a hinge", "Inventor on an issued patent for a hinge"),
        ("Shortlisted for the Golden Wheel award", "Winner of the Golden Wheel award"),
        ("Wrote the draft policy on lifting", "Wrote the final policy on lifting"),
        (
            "Wrote the loading checklist",
            "Wrote the loading checklist that all drivers at the firm use",
        ),
        ("Wrote the loading checklist", "Wrote the loading checklist the whole depot now follows"),
        (
            "Wrote the loading checklist",
            "Wrote a loading checklist, since adopted throughout the group",
        ),
    ],
)
def test_a_deed_or_standing_that_was_less_wants_review(said: str, claimed: str) -> None:
    assert reworded(said, claimed).flagged


@pytest.mark.parametrize(
    ("said", "claimed"),
    [
        ("Co-wrote the depot handbook", "Wrote the depot handbook with a colleague"),
        ("Co-wrote the depot handbook", "Jointly wrote the depot handbook"),
        ("Coordinated the night shift", "Organised the night shift"),
        ("Drew route plans for the fleet manager to approve", "Prepared route plans"),
        ("Drew route plans for the fleet manager to approve", "Drafted route plans for approval"),
        ("Built the night roster", "Planned and built the night roster"),
        ("Draft letters to carriers", "Drafted letters to carriers"),
        ("Shortlisted for the Golden Wheel award", "Was shortlisted for the Golden Wheel award"),
        ("Wrote a checklist used by all clerks", "Wrote the checklist every clerk uses"),
        ("Signed 14 clients in a year", "Won 14 clients in a year"),
        ("Write up PSRs", "Write up Parcel Status Reports (PSRs)"),
    ],
)
def test_a_deed_told_in_other_words_passes(said: str, claimed: str) -> None:
    assert reworded(said, claimed).flagged == ()


def test_a_contract_that_was_bid_for_was_not_won() -> None:
    assert reworded("Bid for 4 accounts", "Won 4 accounts").flagged


def test_a_trade_may_be_named_by_its_verb_but_a_lead_may_not() -> None:
    named = ("No claims on 3 routes", "No claims on 3 routes of driving")
    assert reworded(*named, "Driver").flagged == ()
    assert reworded(*named, "Clerk").flagged
    assert reworded("Helped on 3 routes", "Directed 3 routes", "Assistant Director").flagged


WORKED = {
    "basics": {"summary": "Gardener who likes old walls."},
    "work": [
        {
            "name": "Elm Park",
            "position": "Gardener",
            "startDate": "2010-01",
            "endDate": "2016-12",
            "highlights": ["Mowed the lawns"],
        },
        {
            "name": "Reed House",
            "position": "Gardener",
            "startDate": "2017-01",
            "endDate": "2019-12",
            "highlights": ["Pruned espalier orchards"],
        },
    ],
}


@pytest.mark.parametrize(
    ("claimed", "passes"),
    [
        ("Gardener with nine years in espalier orchards, who likes old walls.", False),
        ("Gardener with nine years of espalier work, who likes old walls.", False),
        ("Gardener with nine years of hands-on experience with orchards.", False),
        ("Gardener with three years in espalier orchards, who likes old walls.", True),
        ("Gardener with nine years in gardening, who likes old walls.", True),
        ("Gardener with nine years of experience, who likes old walls.", True),
        ("Gardener with nineteen years of experience, who likes old walls.", False),
    ],
)
def test_years_in_a_field_are_those_of_the_entries_that_tell_of_it(
    claimed: str, passes: bool
) -> None:
    report = verify(WORKED, {**WORKED, "basics": {"summary": claimed}})
    assert (report.flagged == ()) is passes


@pytest.mark.parametrize("status", ["SC-cleared", "DV-vetted", "PMP-certified", "ACCA-qualified"])
def test_a_standing_glued_to_its_name_needs_the_source(status: str) -> None:
    summary = {"summary": f"{status} gardener who likes old walls."}
    assert verify(WORKED, {**WORKED, "basics": summary}).blocked
    held = {**WORKED, "basics": {"summary": f"Gardener who likes old walls, {status}."}}
    assert verify(held, {**WORKED, "basics": summary}).ok


@pytest.mark.parametrize(
    "remark", ["booked for March 2031", "due in May", "scheduled for autumn", "exam due 2031"]
)
def test_a_certificate_that_is_only_booked_is_not_held(remark: str) -> None:
    said = {"name": f"Forklift Licence ({remark})"}
    assert certified(said, {"name": "Forklift Licence"}).blocked
    assert certified(said, said).ok


def test_one_known_certificate_beside_another_head_word_is_another() -> None:
    assert certified({"name": "Driver CPC"}, {"name": "Operations Manager CPC"}).blocked
    assert certified({"name": "Driver CPC"}, {"name": "CPC"}).ok


def test_initials_with_small_letters_are_those_of_the_words() -> None:
    said = {"name": "Registration", "issuer": "GDentC"}
    for issuer in ("General Dental Council (GDentC)", "General Dental Council"):
        assert certified(said, {"name": "Registration", "issuer": issuer}).ok
    assert certified(said, {"name": "Registration", "issuer": "General Nursing Council"}).blocked
