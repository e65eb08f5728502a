"""Sentences, numbers and dates as seven languages write them, and English texts beside them."""

import pytest

from tailor_lab.tailoring.text.dates import find_dates, parse_date
from tailor_lab.tailoring.text.numbers import find_numbers
from tailor_lab.tailoring.text.sentences import sentences
from tailor_lab.tailoring.text.words import tokens


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Lager mit ca. 900 Artikeln.", "Neue Regale eingeführt."),
        ("Etat von 2,4 Mio. Franken.", "Einkauf von Geräten."),
        ("Vertrag vom 4. April mit der Stadt.", "Ende am 30. Juni."),
        ("Buchhalter der Weber GmbH & Co. KG in Ulm.", "Prüfung bzw. Freigabe."),
        ("Assistante de Mme. Roux.", "Vente de tissus."),
        ("Secretaria de la Dra. Ruiz en la Av. Sol núm. 8.", "Llevé la agenda."),
        ("Apoio ao Eng. Matos e à Sra. Pinto.", "Fecho das contas."),
        ("Studio del Dott. Neri e dell'Avv. Gallo.", "Contabilità."),
        ("Kantoor van Mevr. Bakker.", "Leidde de balie."),
        ("Team of 12.", "May was our best month."),
        ("Moved to Fresno, Ca.", "Led a crew."),
        ("Worked for Acme Inc.", "Limited the spend."),
    ],
)
def test_a_text_of_two_sentences_is_two(first: str, second: str) -> None:
    assert sentences(f"{first} {second}") == [first, second]


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("7. Oktober 2016", "2016-10", "2016-10"),
        ("2Q17", "2017-04", "2017-06"),
        ("4Q 2015", "2015-10", "2015-12"),
        ("Herbst 2018", "2018-09", "2018-11"),
        ("printemps 2014", "2014-03", "2014-05"),
        ("otoño de 2019", "2019-09", "2019-11"),
        ("verão 2016", "2016-06", "2016-08"),
        ("autunno 2013", "2013-09", "2013-11"),
        ("zomer 2020", "2020-06", "2020-08"),
    ],
)
def test_days_quarters_and_seasons_are_dates(text: str, first: str, last: str) -> None:
    found = parse_date(text)
    assert found is not None
    assert (str(found.first), str(found.last)) == (first, last)


def test_an_english_word_is_no_season_of_another_language() -> None:
    assert [date.precision for date, _ in find_dates("Sold real estate 2018")] == ["year"]


def test_an_accent_written_as_a_sign_of_its_own_makes_no_difference() -> None:
    assert tokens("Re\u0301gisseur") == tokens("R\u00e9gisseur")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Ausschuss um 8,4 Prozent gesenkt", [8.4]),
        ("Baisse de 6,25 % des retours", [6.25]),
        ("Etat von 2,4 Mio. Franken", [2_400_000]),
        ("Ventas de 1,7 millones de euros", [1_700_000]),
        ("Ricavi per 9,1 milioni di euro", [9_100_000]),
        ("Lagerwert von 3.400.000 Euro", [3_400_000]),
        ("Invoice of \u20ac1.480,90", [1480.9]),
        ("Stock of 64 000 parts", [64_000]),
        ("Payroll of 2'300'000 CHF", [2_300_000]),
        ("Doses of 0,125 litres", [0.125]),
        ("Handled 4,310 claims", [4310]),
        ("Crews of 5,10,15", [5]),
        ("Ran 2\u00bd lines", [2.5]),
        ("Cut scrap by \u2153", [100 / 3]),
        ("Poured \u00be inch pipe", [0.75]),
        ("Won $60-75k in grants", [60_000, 75_000]),
        ("Raised two and a half million pounds", [2_500_000]),
        ("Moved three and three quarters tonnes", [3.75]),
        ("Cooked 1950 dinners a night", [1950]),
        ("Grew in 2019 visitors per day", []),
        ("Founded in nineteen seventy-two", []),
        ("Open since twenty twelve", []),
        ("Loaded twenty twenty-foot containers", [20, 20]),
    ],
)
def test_a_number_is_read_as_it_is_written(text: str, values: list[float]) -> None:
    assert [number.value for number in find_numbers(text)] == pytest.approx(values)


def test_both_ends_of_a_range_of_money_are_money() -> None:
    assert [n.currency for n in find_numbers("Won \u00a360-75k in grants")] == ["\u00a3", "\u00a3"]
