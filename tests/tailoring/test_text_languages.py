"""Sentences, numbers and dates as seven languages write them, and English texts beside them."""

import pytest

from tailor_lab.tailoring.text.sentences import sentences


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
