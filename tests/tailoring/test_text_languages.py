"""Sentences, numbers and dates as seven languages write them, and English texts beside them."""

import pytest

from tailor_lab.tailoring.text.dates import find_dates, parse_date
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
