"""A taxonomy that the user has downloaded adds names and changes nothing that was curated."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.knowledge import load_knowledge
from tailor_lab.tailoring.knowledge.importing import import_esco, import_file, import_onet
from tailor_lab.tailoring.knowledge.matcher import SkillMatcher
from tests.tailoring.real_data import real_data


@pytest.mark.slow
def test_onet_adds_thousands_of_names(tmp_path: Path) -> None:
    target = tmp_path / "onet.yaml"
    count = import_onet(real_data("tax_onet"), target)
    assert count > 7000
    knowledge = load_knowledge(shipped("data/knowledge"), more=[target])
    plain = load_knowledge(shipped("data/knowledge"))
    assert len(knowledge.skills) >= len(plain.skills) + 7000
    assert knowledge.skills["Kubernetes"] == plain.skills["Kubernetes"]
    found = SkillMatcher(knowledge).names(["Ran Blackbaud The Raiser's Edge and k8s"])
    assert found == ["Blackbaud The Raiser's Edge", "Kubernetes"]


def test_esco_is_read_from_its_published_table(tmp_path: Path) -> None:
    (tmp_path / "skills_en.csv").write_text(
        "conceptType,preferredLabel\nSkill,operate kiln furnace\nSkill,Python\n", encoding="utf-8"
    )
    assert import_esco(tmp_path, tmp_path / "esco.yaml") == 1
    knowledge = load_knowledge(shipped("data/knowledge"), more=[tmp_path / "esco.yaml"])
    assert "operate kiln furnace" in knowledge.skills


def test_a_folder_without_the_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no Technology Skills\.txt"):
        import_onet(tmp_path, tmp_path / "x.yaml")
    (tmp_path / "skills_en.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column 'preferredLabel'"):
        import_esco(tmp_path, tmp_path / "x.yaml")


def tailor_lab(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command of a project in `folder`, as a process of its own."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "TAILOR_LAB_HOME": str(folder / ".lab")},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


ASKS = (
    "from tailor_lab import Lab;"
    "from tailor_lab.tailoring.scoring.settings import settings_of;"
    "known = Lab().knowledge;"
    "print(known.matcher.names([{!r}]), settings_of(known)['version'])"
)


@pytest.mark.slow
def test_the_command_adds_onet_to_what_the_project_knows(tmp_path: Path) -> None:
    onet, text = real_data("tax_onet"), "Ran Blackbaud The Raiser's Edge and k8s"
    before = tailor_lab(tmp_path, "-c", ASKS.format(text))
    assert "Kubernetes" in before.stdout
    assert "+onet" not in before.stdout
    done = tailor_lab(tmp_path, "-m", "tailor_lab", "knowledge", "import", "--onet", onet)
    assert done.returncode == 0, done.stderr
    assert "new terms written to" in done.stdout
    after = tailor_lab(tmp_path, "-c", ASKS.format(text))
    assert "Blackbaud The Raiser's Edge" in after.stdout
    # What is known changes scores, so a score says so; and it can be imported again.
    assert "+onet-" in after.stdout
    again = tailor_lab(tmp_path, "-m", "tailor_lab", "knowledge", "import", "--onet", onet)
    assert again.stdout == done.stdout


@pytest.mark.slow
def test_the_command_wants_one_source_and_says_so(tmp_path: Path) -> None:
    done = tailor_lab(tmp_path, "-m", "tailor_lab", "knowledge", "import")
    assert done.returncode == 2
    assert "Give one of --onet" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".lab" / "knowledge").exists()


MINE = """
groups:
- kind: method
  terms:
    kiln firing: {}
    raku glazing: {parents: kiln firing}
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("terms.txt", "kiln firing\nPython\nraku glazing\n"),
        ("terms.csv", "kiln firing,a note\nraku glazing,another\n"),
        ("mine.yaml", MINE),
    ],
)
def test_a_file_of_ones_own_is_read(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert import_file(tmp_path / name, tmp_path / "out.yaml") == 2
    knowledge = load_knowledge(shipped("data/knowledge"), more=[tmp_path / "out.yaml"])
    assert SkillMatcher(knowledge).names(["Kiln firing and raku glazing in Python"]) == [
        "kiln firing",
        "raku glazing",
        "Python",
    ]


def test_a_file_with_nothing_new_or_nothing_readable_is_refused(tmp_path: Path) -> None:
    known = tmp_path / "known.txt"
    known.write_text("Python\nSQL\n", encoding="utf-8")
    with pytest.raises(InputError, match="nothing was written"):
        import_file(known, tmp_path / "out.yaml")
    with pytest.raises(InputError, match="no file at"):
        import_file(tmp_path / "absent.txt", tmp_path / "out.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("groups: [", encoding="utf-8")
    with pytest.raises(InputError, match="not YAML"):
        import_file(broken, tmp_path / "out.yaml")
    assert not (tmp_path / "out.yaml").exists()


def test_words_of_every_text_numbers_and_sentences_are_skipped_by_name(tmp_path: Path) -> None:
    terms = tmp_path / "terms.txt"
    terms.write_text("the\nand\nWith\n2024\nkiln firing\n" + "word " * 20, encoding="utf-8")
    with pytest.warns(UserWarning, match="Skipped.*'the', 'and', 'With', '2024'"):
        assert import_file(terms, tmp_path / "out.yaml") == 1
    only = tmp_path / "only.txt"
    only.write_text("the\nand\n", encoding="utf-8")
    with (
        pytest.warns(UserWarning, match="'the'"),
        pytest.raises(InputError, match="nothing was written"),
    ):
        import_file(only, tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("resume.json", '{"basics": {"name": "Ada"}}', "no list of terms"),
        ("numbers.json", "[1, 2]", "no list of terms"),
        ("disguised.txt", '{\n  "basics": {}\n}', "no list of terms"),
        ("words.yaml", "groups:\n- {kind: method, terms: {the: {}}}", "'the' is a word of every"),
        ("shape.yaml", "groups:\n- kiln firing", "needs a kind and terms"),
        ("empty.yaml", "groups: []", "no term"),
        ("unknown.yaml", "a: 1", r"unknown\.yaml, line 1: /a is not a known key"),
    ],
)
def test_what_is_no_list_of_terms_is_refused(tmp_path, name, content, says) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        import_file(tmp_path / name, tmp_path / "out.yaml")
    assert not (tmp_path / "out.yaml").exists()


def test_a_json_list_of_names_is_read(tmp_path: Path) -> None:
    (tmp_path / "terms.json").write_text('["kiln firing", "raku glazing"]', encoding="utf-8")
    assert import_file(tmp_path / "terms.json", tmp_path / "out.yaml") == 2


@pytest.mark.slow
def test_a_home_that_something_was_imported_into_is_read_by_the_commands(tmp_path: Path) -> None:
    (tmp_path / "terms.txt").write_text("kiln firing\n", encoding="utf-8")
    (tmp_path / "job.txt").write_text("Potter\nRequirements:\n- kiln firing\n", encoding="utf-8")
    (tmp_path / "me.json").write_text('{"basics": {"name": "A"}}', encoding="utf-8")
    home = tmp_path / "elsewhere"
    done = tailor_lab(
        tmp_path, "-m", "tailor_lab", "knowledge", "import", "terms.txt", "--home", home
    )
    assert done.returncode == 0, done.stderr
    assert (home / "knowledge" / "terms.yaml").is_file()
    ask = ("-m", "tailor_lab", "score", "--resume", "me.json", "--job", "job.txt")
    assert "+terms-" in tailor_lab(tmp_path, *ask, "--home", home).stdout
    assert "+terms-" not in tailor_lab(tmp_path, *ask).stdout
