"""The text room by concept: words, sentences, numbers, months, stems, spellings."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from tailor_lab.tailoring.text.dates import MONTHS, find_dates, find_ranges, parse_date
from tailor_lab.tailoring.text.number_words import value_of
from tailor_lab.tailoring.text.numbers import find_numbers
from tailor_lab.tailoring.text.sentences import sentence_at, sentence_spans, sentences
from tailor_lab.tailoring.text.spellings import meanings, spellings
from tailor_lab.tailoring.text.stems import stem
from tailor_lab.tailoring.text.words import normal, plain_words, tokens
from tests.growth import grows_linearly

PROSE = st.text(st.sampled_from("abcs eixEÉß0123456789.,;:!?'’-_#+/()\n\t"), max_size=80)
LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "nl")


@given(PROSE)
def test_tokens_of_tokens_are_the_same_tokens(text: str) -> None:
    found = tokens(text)
    assert [again for token in found for again in tokens(token)] == found


@given(PROSE)
def test_plain_words_join_back_to_the_letters_and_digits_of_the_text(text: str) -> None:
    assert "".join(plain_words(text)) == re.sub(r"[\W_]", "", text.casefold())


@given(PROSE)
def test_case_makes_no_difference_to_tokens(text: str) -> None:
    assert tokens(text) == tokens(text.casefold())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("organisation", "organizations"),
        ("colour", "colors"),
        ("labelling", "labeling"),
        ("centre", "Centers"),
        ("programme", "programs"),
        ("companies", "company"),
    ],
)
def test_british_american_and_plural_are_one_word(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@given(PROSE)
def test_sentences_join_back_to_the_text_but_for_the_space_between(text: str) -> None:
    spans = list(sentence_spans(text))
    kept = "".join(text[low:high] for low, high in spans)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(low < high for low, high in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@given(PROSE)
def test_clauses_are_never_longer_than_sentences(text: str) -> None:
    whole = list(sentence_spans(text))
    for low, high in sentence_spans(text, clauses=True):
        assert any(first <= low and high <= last for first, last in whole)


@given(PROSE, st.integers(0, 79))
def test_the_sentence_at_a_place_holds_it(text: str, place: int) -> None:
    if place < len(text):
        low, high = sentence_at(text, place)
        assert low <= place <= high


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Ran the U.S. office of Acme Inc. in Leeds. Won.", 2),
        ("Worked for Dr. A. Lee, e.g. on No. 7. Then left.", 2),
        ("Built it in Node.js. Saved 3.5 hours.", 2),
        ("Is it done? Yes! 12 sites", 3),
        ("first line\nsecond line", 2),
        ("1. First\n2. Second", 2),
        ("Cut costs; led two teams. Left", 2),
        ("Nursing: 5 yrs. min. and nights. Days too", 2),
    ],
)
def test_dots_of_names_numbers_and_abbreviations_end_no_sentence(text: str, parts: int) -> None:
    assert len(sentences(text)) == parts


@pytest.mark.parametrize(
    "piece", ["2. ", "a. ", "e.g. ", "x; ", "U.S. ", ".", "A\n", "...", "Dr. "]
)
def test_time_grows_with_the_length_of_the_text_only(piece: str) -> None:
    def read(text: str) -> None:
        list(sentence_spans(text, clauses=True))
        tokens(text)

    assert grows_linearly(read, lambda size: piece * (size // len(piece)), 20_000)


@given(st.integers(0, 999_999))
def test_a_numeral_in_words_has_the_value_that_another_library_wrote(number: int) -> None:
    assert value_of(num2words(number)) == number


@given(st.integers(2, 999), st.integers(1, 999))
def test_thousands_in_words_are_one_number_in_a_text(thousands: int, rest: int) -> None:
    number = 1000 * thousands + rest
    found = find_numbers(f"Packed {num2words(number)} boxes.")
    assert [(n.value, n.noun) for n in found] == [(number, "boxe")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("served one thousand two hundred guests", 1200),
        ("raised twenty-one thousand five hundred dollars", 21_500),
        ("cut it to four point five days", 4.5),
        ("built two thousand and nineteen units", 2019),
        ("saved three quarters of a million dollars", 750_000),
        ("two dozen cooks", 24),
        ("half a million users", 500_000),
        ("a couple of sites", 2),
        ("a hundred and twenty beds", 120),
    ],
)
def test_a_number_in_words_is_read_whole(text: str, value: float) -> None:
    assert [n.value for n in find_numbers(text)] == [value]


def test_months_are_known_in_seven_languages() -> None:
    assert tuple(MONTHS) == LANGUAGES
    assert all(len(months) == 12 for months in MONTHS.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_month_is_read_with_its_year(language: str) -> None:
    for number, names in enumerate(MONTHS[language], start=1):
        for name in names:
            for written in (f"{name}. 2019", f"{name.title()}. 2019", f"{name}/2019"):
                date = parse_date(written)
                assert date is not None, written
                assert date.iso() == f"2019-{number:02d}"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("März 2015 – heute", "2015-03", None),
        ("Oktober 2015 bis Mai 2018", "2015-10", "2018-05"),
        ("février 2015 à décembre 2018", "2015-02", "2018-12"),
        ("depuis août 2019", "2019-08", None),
        ("marzo de 2015 - actualidad", "2015-03", None),
        ("enero de 2015 a junio de 2017", "2015-01", "2017-06"),
        ("março de 2015 até setembro de 2018", "2015-03", "2018-09"),
        ("out. 2015 – atual", "2015-10", None),
        ("gennaio 2015 – oggi", "2015-01", None),
        ("dal luglio 2016", "2016-07", None),
        ("maart 2015 tot heden", "2015-03", None),
        ("mei 2015 t/m augustus 2016", "2015-05", "2016-08"),
    ],
)
def test_a_span_of_time_is_read_in_its_language(text: str, start: str, end: str | None) -> None:
    [found] = find_ranges(text)
    assert str(found.start) == start
    assert (str(found.end) if found.end else None) == end


@pytest.mark.parametrize(
    "text", ["Set 2019 targets", "Rolled out 2019 budget", "Marco 2019", "two years ago 2019"]
)
def test_english_words_are_no_months_of_other_languages(text: str) -> None:
    assert [date.precision for date, _ in find_dates(text)] == ["year"]


def test_years_joined_by_an_article_are_no_span() -> None:
    assert find_ranges("Spent in 2019 a 2020 grant") == []


@pytest.mark.parametrize(
    ("verb", "other"),
    [
        ("negotiated", "negotiation"),
        ("taught", "teaching"),
        ("organised", "organization"),
        ("certified", "certification"),
        ("maintained", "maintenance"),
        ("led", "leadership"),
        ("apprentice", "apprenticeship"),
        ("mentored", "mentorship"),
        ("photographed", "photography"),
        ("discovered", "discovery"),
    ],
)
def test_forms_and_nouns_of_a_verb_have_its_stem(verb: str, other: str) -> None:
    assert stem(verb) == stem(other)


@pytest.mark.parametrize(
    ("one", "other"), [("general", "generation"), ("rated", "ration"), ("policed", "policy")]
)
def test_words_that_only_look_alike_have_two_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_spellings_go_both_ways() -> None:
    assert "manager" in spellings("mgr")
    assert "mgr" in spellings("manager")
    assert "september" in spellings("sept")


@given(st.lists(st.sampled_from(["sr", "mgr", "ops", "of", "dev", "nurse"]), max_size=5))
def test_meanings_hold_no_small_words_and_no_shortened_ones(title: list[str]) -> None:
    for reading in meanings(" ".join(title)):
        assert not {"of", "sr", "mgr"} & set(reading)
