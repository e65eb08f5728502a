"""The page about CI: its workflow is valid, and its steps do what it says, run one by one.

Steps that `uses:` an action are GitHub's and are not run; steps named "Install" are skipped, since
the tests run in an environment where everything is installed. Everything else runs as bash.
"""

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from tests.documents import ROOT, blocks, copy_project, shell

PAGE = ROOT / "docs" / "ci.md"
FILES = {block.title: block.text for block in blocks(PAGE) if block.title}
WORKFLOW = FILES[".github/workflows/prompts.yml"]
INSTALLED_HERE = "Install"
LINK = "https://example.com/runs/1/artifacts/2"


@dataclass(frozen=True)
class Ended:
    """How a job ended: the exit code of its first failing step, its output and its summary."""

    code: int
    output: str
    summary: str
    steps: list[str]


def steps_to_run(job: str) -> list[dict[str, Any]]:
    steps = yaml.safe_load(WORKFLOW)["jobs"][job]["steps"]
    return [s for s in steps if "run" in s and s["name"] != INSTALLED_HERE]


def run_job(job: str, project: Path, *, without: str = "") -> Ended:
    summary = project / "summary.md"
    summary.touch()
    variables = yaml.safe_load(WORKFLOW)["env"] | {"GITHUB_STEP_SUMMARY": str(summary)}
    output, done = "", []
    for step in steps_to_run(job):
        if step["name"] == without:
            continue
        # What only GitHub knows stands between ${{ and }}; here it is one address.
        own = {k: re.sub(r"\$\{\{.*?\}\}", LINK, v) for k, v in step.get("env", {}).items()}
        ended = shell(step["run"], project, **variables, **own)
        output += ended.stdout + ended.stderr
        done.append(step["name"])
        if ended.returncode:
            break
    return Ended(ended.returncode, output, summary.read_text(encoding="utf-8"), done)


def proposed(project: Path, prompt: str) -> Path:
    """A checkout in which the candidate is a shipped prompt under another name."""
    copy_project(project)
    definition = FILES["experiments/gate.yaml"].replace("limit: 48", "limit: 24")
    (project / "experiments" / "gate.yaml").write_text(definition)
    prompts = project / "experiments" / "prompts"
    shutil.copy(prompts / f"{prompt}.md", prompts / "candidate.md")
    return project


@pytest.mark.slow
def test_the_workflow_is_one_by_the_schema_of_github(tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="check-jsonschema is not installed")
    file = tmp_path / "prompts.yml"
    file.write_text(WORKFLOW, encoding="utf-8")
    tool = [sys.executable, "-m", "check_jsonschema"]
    check = [*tool, "--builtin-schema", "vendor.github-workflows", str(file)]
    good = subprocess.run(check, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout
    file.write_text(WORKFLOW.replace("runs-on", "runs-in"), encoding="utf-8")
    assert subprocess.run(check, capture_output=True, check=False).returncode == 1


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("actionlint") is None, reason="actionlint is not installed")
def test_actionlint_finds_nothing_in_the_workflow(tmp_path: Path) -> None:
    file = tmp_path / "prompts.yml"
    file.write_text(WORKFLOW, encoding="utf-8")
    done = subprocess.run(["actionlint", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_a_reference_to_a_step_names_one_that_comes_before() -> None:
    for job in yaml.safe_load(WORKFLOW)["jobs"].values():
        known: set[str] = set()
        for step in job["steps"]:
            assert set(re.findall(r"steps\.(\w+)\.", yaml.safe_dump(step))) <= known
            known |= {step["id"]} if "id" in step else set()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_careless_candidate_fails_the_gate_and_the_summary_says_why(tmp_path: Path) -> None:
    job = run_job("compare", proposed(tmp_path, "careless"))
    assert job.code == 1, job.output
    assert job.steps[-1] == "Fail if the candidate is worse"
    assert job.summary.startswith("## gate: keep in-use\n")
    assert "Keep in-use: candidate: " in job.summary
    assert "does not hold: worse" in job.summary
    assert f"(<{LINK}>)" in job.summary
    assert (tmp_path / "report.html").is_file()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_a_candidate_that_is_as_good_passes_the_gate(tmp_path: Path) -> None:
    # The report takes longest, and the other test writes and verifies one.
    project = proposed(tmp_path, "grounded")
    with (project / "experiments" / "prompts" / "candidate.md").open("a") as prompt:
        prompt.write("Prefer short sentences.\n")
    job = run_job("compare", project, without="Report")
    assert job.code == 0, job.output
    assert job.steps[-1] == "Fail if the candidate is worse"
    assert job.summary.startswith("## gate: ship candidate\n")
    assert "Ship candidate: " in job.summary
    tokens = next(line for line in job.summary.splitlines() if "tokens" in line and "|" in line)
    assert "✓ holds: " in tokens, "it takes a few more in every item"


@pytest.mark.slow
@pytest.mark.notebooks
@pytest.mark.timeout(200)
def test_a_notebook_whose_claim_does_not_hold_fails_its_job(tmp_path: Path) -> None:
    # Small ones: that the project's own run from top to bottom is another test's to say.
    folder = copy_project(tmp_path) / "notebooks"
    folder.mkdir()
    for name, claim in (("01_true", "improvement > 0"), ("02_false", "improvement > 90")):
        texts = ("improvement = 3.2", f"assert {claim}")
        cells = [nbformat.v4.new_code_cell(text) for text in texts]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    job = run_job("notebooks", tmp_path)
    assert job.code == 1, job.output
    assert "1 failed, 1 passed" in job.output
