"""A taxonomy that the user has downloaded adds names and changes nothing that was curated."""

from pathlib import Path

import pytest

from tailor_lab.errors import InputError
from tailor_lab.settings import shipped
from tailor_lab.tailoring.knowledge import load_knowledge
from tailor_lab.tailoring.knowledge_import import import_esco, import_onet
from tailor_lab.tailoring.skills import SkillMatcher
from tests.tailoring.real_data import real_data


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
