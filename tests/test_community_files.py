"""The files that hosts, tools and contributors read: they are valid, and what they name exists."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.utils import canonicalize_name

import tailor_lab
from tests.documents import ROOT
from tools import constraints

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SCHEMAS = {
    ".github/workflows/ci.yml": "vendor.github-workflows",
    ".github/ISSUE_TEMPLATE/bug.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/idea.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/wrong_fact_verdict.yml": "vendor.github-issue-forms",
    ".github/ISSUE_TEMPLATE/config.yml": "vendor.github-issue-config",
    "CITATION.cff": "vendor.citation-file-format",
}
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:toml|md|txt|cff)|Makefile)`")


def follows(schema: str, file: Path) -> bool:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    command += ["--default-filetype", "yaml", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_follows_its_public_schema(name: str, tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    assert follows(SCHEMAS[name], ROOT / name)
    broken = tmp_path / "broken.yml"
    broken.write_text("- not: a mapping\n")
    assert not follows(SCHEMAS[name], broken)


def test_every_file_for_hosts_is_checked() -> None:
    there = {p.relative_to(ROOT).as_posix() for p in (ROOT / ".github").rglob("*.yml")}
    assert there | {"CITATION.cff"} == set(SCHEMAS)


def test_ci_runs_the_projects_own_script_on_every_python_that_is_declared() -> None:
    job = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]["checks"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    assert job["strategy"]["matrix"]["python-version"] == declared
    assert [s["run"] for s in job["steps"] if "run" in s] == [".ci/run"]


def test_the_citation_names_the_version_that_is_here() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == tailor_lab.__version__


def test_hooks_are_local_and_call_the_tools_of_the_environment() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repository,) = config["repos"]
    assert repository["repo"] == "local", "hooks work without a network"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        folder, tool = hook["entry"].split()[0].rsplit("/", 1)
        assert folder == ".venv/bin"
        assert (Path(sys.executable).parent / tool).is_file(), f"{tool} is not in the group dev"


def test_a_hook_sees_the_files_that_it_is_there_for() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    checked = [name for name in SCHEMAS if not name.endswith("/config.yml")]
    hooks = [h for h in config["repos"][0]["hooks"] if "--builtin-schema" in h["entry"]]
    for name in checked:
        (hook,) = [h for h in hooks if re.search(h["files"], name)]
        assert f"--builtin-schema {SCHEMAS[name]}" in hook["entry"]


def test_every_path_that_the_guide_names_exists() -> None:
    named = set(PATH.findall(CONTRIBUTING))
    assert len(named) > 30
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_the_guide_has_a_place_for_each_kind_of_addition() -> None:
    table = CONTRIBUTING.partition("## A map of the house")[2].partition("\n## ")[0]
    kinds = [row.split("|")[1].strip() for row in table.splitlines() if row.startswith("| a")]
    for kind in (
        "cache policy",
        "estimator",
        "report format",
        "provider",
        "document format",
        "fact rule",
        "table of the run log",
        "chart",
        "result source",
        "prompt",
        "skill",
        "metric",
        "command",
        "notebook",
    ):
        assert any(kind in name for name in kinds), kind


def test_the_constraints_hold_every_declared_requirement_within_its_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    tested = dict(line.split("==") for line in lines if not line.startswith("#"))
    for requirement in constraints.declared(project, "dev"):
        version = tested.get(canonicalize_name(requirement.name), "none")
        assert version != "none", f"{requirement}: run python -m tools.constraints"
        assert requirement.specifier.contains(version), f"{requirement} is constrained to {version}"


def test_every_make_target_that_the_guide_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`make ([\w-]+)`", CONTRIBUTING)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
