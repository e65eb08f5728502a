"""Fragments are compiled and the parts of data files compared when they are read."""

import shutil
from pathlib import Path

import pytest

from tailor_lab.data_files import read_data_file
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.knowledge import load_knowledge
from tailor_lab.tailoring.text import frequencies

FOLDER = shipped("data/knowledge")


def damaged(folder: Path, name: str, old: str, new: str, marker: str) -> tuple[Path, int]:
    """A copy of a shipped file with one text replaced, and the line of the marker in it."""
    text = (FOLDER / name).read_text("utf-8")
    assert old in text
    text = text.replace(old, new, 1)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path, text[: text.index(marker)].count("\n") + 1


LEXICON = [
    ("demands", "warrant, ", "'warrant(', ", "'warrant('", "/no_experience_after/3 is no regular"),
    ("denials", "touched, ", "'touch)', ", "'touch)'", "/having/9 is no regular expression: unb"),
    ("ranks", "[assistant, deputy", "['assi[st', deputy", "'assi[st'", "/before_a_rank/0 is no re"),
    ("prompt_lint", "'measurable results'", "'measurable*+* x'", "'measurable*+*", "/rules/0/phr"),
    ("denials", "touched, ", "'(?:touched)?', ", "'(?:touched)?'", "/having/9 also matches the em"),
    ("denials", "touched, ", "'\\b', ", "'\\b'", "/having/9 also matches the empty text"),
    ("dates", "since: [seit]", "since: ['s*']", "'s*'", "/languages/de/since/0 also matches the"),
    (
        "unfinished",
        "[expired, ",
        "['{ended} ', ",
        "'{ended} '",
        '/over/0 names the list "ended", w',
    ),
    (
        "unfinished",
        "[expired, ",
        "['{over}', ",
        "'{over}'",
        "/over/0 refers to itself: over → over",
    ),
    (
        "unfinished",
        "[complet, ",
        "['{coming}', ",
        "'{coming}'",
        "/completed/0 refers to itself: co",
    ),
    ("numbers", "twenty: 20", "twenty: .inf", ".inf", "/tens/twenty must be a finite number, not"),
    ("numbers", "twenty: 20", "twenty: -20", "-20", "/tens/twenty must be 0 or more, not -20"),
    ("numbers", "twenty: 20", "two: 20", "two: 20", "/tens/two has 'two', which means both '2' an"),
    ("dates", "[märz, maerz", "[märz, jan", "[märz, jan", "/languages/de/months/2/1 has 'jan', wh"),
    ("headings", "[volunteer, vol", "[Profile, vol", "[Profile", "/languages/en/volunteer/0 has"),
    ("verbs", "[lead, head", "[lead, Build", "Build", "/led/1 has 'Build', which means both 'bu"),
    (
        "prompt_lint",
        "invites-scope",
        "invites-skills",
        "  - name: invites-skills\n    advice: 'Ask for active",
        "/rules/2/name is 'invites-skills', which is used twice",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "marker", "says"), LEXICON)
def test_a_damaged_lexicon_is_refused_with_line_and_key(
    tmp_path: Path, name: str, old: str, new: str, marker: str, says: str
) -> None:
    path, line = damaged(tmp_path, f"lexicon/{name}.yaml", old, new, marker)
    with pytest.raises(InputError) as refused:
        read_data_file(path, f"lexicon/{name}")
    assert str(refused.value).startswith(f"{name}.yaml, line {line}: {says}")
    assert "\n" not in str(refused.value)


KNOWLEDGE = [
    ("levels", "years: [5, 9]", "years: [9, 5]", "[9, 5]", "/senior/years goes from 9 down to 5"),
    ("levels", "years: [5, 9]", "years: [5, .nan]", ".nan", "/senior/years/1 must be a finite num"),
    ("levels", '"mid, ', '"Senior, mid, ', "senior:", "/senior/words has 'senior', which means bo"),
    (
        "titles",
        "near: software engineer}\n",
        "near: lathe}\n",
        "lathe",
        "/mobile developer/near na",
    ),
    ("titles", "{industry: data,", "{industry: date,", "{industry: date,", "/data scientist/indus"),
    (
        "titles",
        '"android dev',
        '"programmer, android dev',
        "mobile developer:",
        "/mobile developer",
    ),
    ("score", "title: 10", "title: 9", "weights:", "/weights must sum to 100, not to 99"),
    ("score", "[0.02, 0.42]", "[0.02, 0.12]", "[0.02, 0.12]", "/lexical_reference/2 must rise fr"),
    (
        "packs",
        "sections: work, pro",
        "sections: job, pro",
        "sections: job",
        "/levels/mid/sections ",
    ),
    (
        "packs",
        "  intern:",
        "  interm:",
        "  interm:",
        "/levels/interm names 'interm', which is no l",
    ),
    (
        "practices",
        "id: one-column",
        "id: their-words",
        "id: their-words\n    text: One",
        "/practice",
    ),
    (
        "certifications",
        '"cka"',
        '"cka, CKAD"',
        "Certified Kubernetes Application Developer:",
        "/Certified Kubernetes Application Developer/aliases has 'ckad', which means both",
    ),
    (
        "certifications",
        "industries: software}",
        "industries: tin}",
        "tin}",
        "/AWS Certified Soluti",
    ),
    (
        "skills/data",
        "kind: concept",
        "kind: idea",
        "kind: idea",
        "/groups/0/kind must be one of la",
    ),
    (
        "skills/data",
        "industry: data",
        "industry: date",
        "industry: date",
        "/industry names 'date', ",
    ),
    (
        "skills/data",
        "parents: data pipelines}",
        "parents: pipes}",
        "parents: pipes}",
        "/groups/0/terms/ETL/parents names 'pipes', which is no skill that is known",
    ),
    ("skills/data", "      data mining:", "      SQL:", "      SQL:", "/groups/0/terms/SQL "),
    (
        "skills/data",
        '"data pipeline", parents: data engineering',
        '"data pipeline", parents: ETL',
        "parents: ETL}",
        "/groups/0/terms/data pipelines/parents goes in a circle: ",
    ),
]


@pytest.mark.parametrize(("name", "old", "new", "marker", "says"), KNOWLEDGE)
def test_damaged_knowledge_is_refused_when_it_is_loaded(
    tmp_path: Path, name: str, old: str, new: str, marker: str, says: str
) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "knowledge"))
    path, line = damaged(folder, f"{name}.yaml", old, new, marker)
    with pytest.raises(InputError) as refused:
        load_knowledge(folder)
    assert str(refused.value).startswith(f"{path.name}, line {line}: {says}")
    assert "\n" not in str(refused.value)


def test_an_imported_file_that_refers_to_nothing_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("groups:\n- kind: tool\n  terms:\n    Zorb:\n      parents: Nothing\n", "utf-8")
    with pytest.raises(InputError, match=r"^mine\.yaml, line 5: /groups/0/terms/Zorb/parents nam"):
        load_knowledge(more=[path])


@pytest.mark.parametrize("name", ["titles", "certifications", "degrees", "score", "packs"])
def test_a_shipped_file_that_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "knowledge"))
    (folder / f"{name}.yaml").unlink()
    monkeypatch.setattr("tailor_lab.tailoring.knowledge.loading.shipped", lambda _: folder)
    with pytest.raises(InputError, match=rf"{name}\.yaml is missing.*Install it again"):
        load_knowledge()


@pytest.mark.parametrize("content", ["[]", "{", '{"documents": "many"}', "{}"])
def test_a_damaged_table_of_frequencies_is_named(tmp_path: Path, content: str) -> None:
    table = tmp_path / "word_frequencies.json"
    table.write_text(content)
    with pytest.raises(InputError, match=r"word_frequencies\.json is no table"):
        frequencies._frequencies(table)
