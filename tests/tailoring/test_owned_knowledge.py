"""Knowledge belongs to a lab: two labs of one process know different things and say so."""

import ast
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tailor_lab import Experiment, InputError, Lab, Metric, Prompt, Variant
from tailor_lab.experiment.run.prepare import prepare
from tailor_lab.llm import LLM
from tailor_lab.settings import shipped
from tailor_lab.tailoring import (
    Job,
    load_job,
    load_knowledge,
    score,
    tailor,
    tailoring_pipeline,
    verify,
)

PACKAGE = Path(__file__).parents[2] / "tailor_lab"
MIXER = "groups:\n  - kind: tool\n    terms:\n      Zorblatt Mixer: zorblatt\n"
PRESS = "groups:\n  - kind: tool\n    terms:\n      Quandle Press: quandle\n"
POSTING = """Line Operator
Requirements:
- Zorblatt Mixer
- Quandle Press
"""
RESUME = {
    "basics": {"name": "Ada Moor", "email": "ada@example.org"},
    "work": [
        {
            "name": "Acme Ltd",
            "position": "Operator",
            "startDate": "2019-01",
            "highlights": ["Ran the zorblatt on two shifts.", "Kept a quandle in order."],
        }
    ],
    "skills": [{"name": "Machines", "keywords": ["zorblatt"]}],
}


def home_that_knows(folder: Path, words: str) -> Path:
    (folder / ".lab" / "knowledge").mkdir(parents=True)
    (folder / ".lab" / "knowledge" / "mine.yaml").write_text(words, encoding="utf-8")
    return folder / ".lab"


@pytest.fixture
def labs(tmp_path: Path) -> Iterator[tuple[Lab, Lab]]:
    mixer = home_that_knows(tmp_path / "mixer", MIXER)
    press = home_that_knows(tmp_path / "press", PRESS)
    with Lab(mixer) as one, Lab(press) as other:
        yield one, other


def asked(job: Job) -> set[str]:
    return {name for need in job.requirements for group in need.skills for name in group}


def named(lab: Lab) -> str:
    return "Zorblatt Mixer" if "Zorblatt Mixer" in lab.knowledge.skills else "Quandle Press"


@pytest.mark.slow
def test_a_lab_knows_what_was_imported_into_its_home_wherever_one_works(tmp_path: Path) -> None:
    home_that_knows(tmp_path / "A", MIXER)
    (tmp_path / "B").mkdir()
    code = (
        "from tailor_lab import Lab\n"
        "with Lab('../A/.lab') as lab:\n"
        "    found = lab.knowledge.matcher.find('Ran the Zorblatt Mixer line')\n"
        "    print([match.skill for match in found])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TAILOR_LAB_HOME"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "B",
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stdout.strip() == "['Zorblatt Mixer']"


def test_two_labs_read_one_posting_each_by_its_own_words(labs) -> None:
    for lab in (*labs, *labs):
        assert asked(load_job(POSTING, knowledge=lab.knowledge)) == {named(lab)}
        found = lab.score(RESUME, POSTING)
        answered = [match for match in found.requirements if match.how == "exact"]
        assert [match.requirement.text for match in answered] == [named(lab)]
        assert found.version.startswith("4+mine-")
    one, other = (lab.score(RESUME, POSTING) for lab in labs)
    assert one.version != other.version
    assert score(RESUME, POSTING, knowledge=labs[0].knowledge) == one
    assert score(RESUME, POSTING).version == "4"


def test_two_labs_check_one_resume_each_by_its_own_words(labs) -> None:
    told = {"work": [{"name": "Acme", "highlights": ["Ran the zorblatt."]}]}
    claimed = {**told, "skills": [{"name": "Machines", "keywords": ["Zorblatt Mixer"]}]}
    one, other = (verify(told, claimed, knowledge=lab.knowledge) for lab in labs)
    # Only who knows that both are one thing finds it in the source.
    assert one.ok
    assert [claim.text for claim in other.blocked] == ["Zorblatt Mixer"]


@pytest.mark.slow
def test_two_labs_tailor_each_by_its_own_words(labs) -> None:
    for lab in labs:
        made = lab.tailor(RESUME, POSTING, prompt="layered")
        assert made.score_before == lab.score(RESUME, POSTING).value
        logged = lab.log.sql("select score_before from runs")["score_before"].to_list()
        assert logged == [made.score_before]
        alone = tailor(RESUME, POSTING, knowledge=lab.knowledge, prompt="layered", llm=LLM())
        assert alone.score_before == made.score_before


@pytest.mark.slow
def test_labs_in_threads_do_not_take_each_others_words(labs) -> None:
    def judge(turn: int) -> tuple[set[str], str, bool]:
        lab = labs[turn % 2]
        claimed = {"skills": [{"name": "Machines", "keywords": ["Zorblatt Mixer"]}]}
        told = {"skills": [{"name": "Machines", "keywords": ["zorblatt"]}]}
        return (
            asked(load_job(f"{POSTING}- item {turn}", knowledge=lab.knowledge)),
            lab.score(RESUME, POSTING).version,
            verify(told, claimed, knowledge=lab.knowledge).ok,
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(judge, range(40)))
    for turn, (skills, version, sound) in enumerate(answers):
        lab = labs[turn % 2]
        assert named(lab) in skills
        assert version == f"4+{lab.knowledge.imported[0]}"
        assert sound == (named(lab) == "Zorblatt Mixer")


@pytest.mark.slow
def test_knowledge_travels_to_worker_processes(labs) -> None:
    item = {"resume": RESUME, "job": POSTING, "llm": LLM(), "prompt": Prompt.load("plain")}
    for lab in labs:
        batch = tailoring_pipeline(lab.knowledge).map(
            [{"id": str(n), **item} for n in range(2)], n_jobs=2, backend="loky", progress=False
        )
        assert batch.failures == ()
        for run in batch:
            assert asked(run["validate"].job) == {named(lab)}
            assert run["score_before"] == lab.score(RESUME, POSTING)
            # What comes back is the knowledge that is here, not a copy.
            assert run["validate"].knowledge is lab.knowledge


def experiment() -> Experiment:
    return Experiment(
        "words",
        items=[{"id": "operator", "resume": RESUME, "job": {"text": POSTING}}],
        variants=[Variant("plain", prompt="plain"), Variant("grounded", prompt="grounded")],
        primary=Metric("improvement", margin=2.0),
    )


@pytest.mark.slow
def test_an_experiment_and_its_report_go_by_the_words_of_their_lab(labs, tmp_path: Path) -> None:
    hashes, scores = set(), []
    for lab in labs:
        result = lab.run(experiment(), progress=False)
        found = lab.log.sql("select distinct score_before from runs")["score_before"].to_list()
        assert found == [lab.score(RESUME, {"text": POSTING}).value]
        scores += found
        path = lab.report("words", tmp_path / f"{named(lab)}.html")
        assert lab.verify(path).ok
        hashes.add(result.plan_hash)
    assert len(hashes) == 2
    assert len(set(scores)) == 2


@pytest.mark.slow
def test_a_run_with_other_words_is_not_found_again_as_the_same(labs) -> None:
    lab = labs[0]
    lab.run(experiment(), progress=False)
    again = prepare(experiment(), lab._bench())
    assert again.missing(lab.log) == []
    # The same home and log, but without what was imported.
    with Lab(settings=lab.settings, knowledge=load_knowledge()) as plain:
        other = prepare(experiment(), plain._bench())
        assert len(other.missing(plain.log)) == 2
        assert other.hash != again.hash


@pytest.mark.slow
def test_words_of_another_folder_are_part_of_a_plans_identity(tmp_path: Path) -> None:
    copied = shutil.copytree(shipped("data/knowledge"), tmp_path / "knowledge")
    (copied / "skills" / "mine.yaml").write_text(MIXER, encoding="utf-8")
    with Lab(tmp_path / ".lab") as lab:
        usual = prepare(experiment(), lab._bench())
    with Lab(tmp_path / ".lab", knowledge=load_knowledge(copied)) as lab:
        other = prepare(experiment(), lab._bench())
    # The shipped words are in the version already, by the hash of the source.
    assert "knowledge" not in usual.code_version
    assert other.code_version == f"{usual.code_version}+knowledge-{load_knowledge(copied).digest}"
    assert other.hash != usual.hash


def test_a_loaded_job_keeps_the_knowledge_that_it_was_read_by(labs) -> None:
    one, other = labs
    job = load_job(POSTING, knowledge=one.knowledge)
    assert load_job(job) is job
    assert score(RESUME, job).version == one.score(RESUME, POSTING).version
    assert asked(load_job(job, knowledge=other.knowledge)) == {"Quandle Press"}
    assert asked(job) == {"Zorblatt Mixer"}


def test_a_job_made_by_hand_is_read_by_the_current_settings(labs, monkeypatch) -> None:
    monkeypatch.setenv("TAILOR_LAB_HOME", str(labs[0].settings.home))
    assert asked(Job(id="1", title="", company="", text=POSTING)) == {"Zorblatt Mixer"}
    monkeypatch.setenv("TAILOR_LAB_HOME", str(labs[1].settings.home))
    assert asked(Job(id="1", title="", company="", text=POSTING)) == {"Quandle Press"}


def test_the_same_files_are_read_once_and_changed_files_again(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(MIXER, encoding="utf-8")
    first = load_knowledge(more=[mine])
    assert load_knowledge(more=[mine]) is first
    mine.write_text(PRESS + "      Frob: frobber\n", encoding="utf-8")
    changed = load_knowledge(more=[mine])
    assert "Frob" in changed.skills
    assert changed.digest != first.digest


def test_knowledge_travels_by_name_and_is_refused_where_its_files_have_changed(tmp_path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(MIXER, encoding="utf-8")
    known = load_knowledge(more=[mine])
    packed = pickle.dumps(known)
    assert len(packed) < 1000
    assert pickle.loads(packed) is known
    mine.write_text(PRESS, encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.yaml have changed.* run it again\.$"):
        pickle.loads(packed)
    mine.unlink()
    with pytest.raises(InputError, match=r"mine\.yaml cannot be read"):
        pickle.loads(packed)


def test_the_old_accessor_works_and_names_the_new_ones(labs, monkeypatch) -> None:
    from tailor_lab import tailoring

    monkeypatch.setenv("TAILOR_LAB_HOME", str(labs[0].settings.home))
    with pytest.warns(DeprecationWarning, match=r"load_knowledge\(\).*Lab\(\)\.knowledge"):
        assert tailoring.default_knowledge() is labs[0].knowledge


BREAKS = [
    ("levels.yaml", "years: [2, 5]", "years: 2", r"levels\.yaml, line \d+: /mid/years must be a l"),
    (
        "titles.yaml",
        "industry: software,",
        "trade: it,",
        r"titles\.yaml, line 2: /software engineer/",
    ),
    (
        "industries.yaml",
        "verbs:",
        "verb:",
        r"industries\.yaml, line \d+: /software/verb is not a k",
    ),
    ("certifications.yaml", "licence: true", "licence: yup", r"certifications\.yaml, line \d+: /"),
    ("degrees.yaml", "rank: 3", "rank: third", r"degrees\.yaml, line 4: /bachelor's degree/rank"),
    ("packs.yaml", "levels:", "level:", r'packs\.yaml, line \d+: the file lacks the key "levels"'),
    ("practices.yaml", "why:", "because:", r"practices\.yaml, line 4: /practices/0 lacks the key"),
    ("score.yaml", "title: 10", "title: ten", r"score\.yaml, line \d+: /weights/title must be"),
    ("ordinary_words.yaml", "words:", "word:", r"ordinary_words\.yaml, line \d+: the file lacks"),
    ("skills/data.yaml", "terms:", "names:", r"data\.yaml, line \d+: /groups/0 lacks the key"),
    ("skills/data.yaml", "industry: data", "industry: data\nindustry: law", r"defined twice"),
]


@pytest.mark.parametrize(("name", "old", "new", "says"), BREAKS)
def test_a_broken_file_of_a_knowledge_base_is_refused(tmp_path, name, old, new, says) -> None:
    copied = shutil.copytree(shipped("data/knowledge"), tmp_path / "knowledge")
    text = (copied / name).read_text(encoding="utf-8")
    assert old in text
    (copied / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=says) as refusal:
        load_knowledge(copied)
    assert "\n" not in str(refusal.value)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def trees(folder: Path) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        yield name, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_only_the_settings_read_the_environment() -> None:
    reading = {
        name
        for name, tree in trees(PACKAGE)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "putenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os")
    }
    assert reading == {"settings.py"}


def test_nothing_of_tailoring_is_kept_for_the_whole_process() -> None:
    kept = [
        f"{name}:{function.name}"
        for name, tree in trees(PACKAGE / "tailoring")
        for function in functions(tree)
        if not ast.unparse(function.args)
        and any("cache" in ast.unparse(each) for each in function.decorator_list)
    ]
    # Which packages are installed is the same for all that a process does.
    assert kept == ["tailoring/documents/formats/__init__.py:formats"]


# What a user calls, and what a workload and a job made by hand come down to.
OPENING = {
    "tailoring/context.py:context_of",
    *("tailoring/facts/__init__.py:verify", "tailoring/knowledge/opening.py:default_knowledge"),
    *("tailoring/posting/analysis.py:analysis_of", "tailoring/posting/job.py:load_job"),
    *("tailoring/documents/load.py:load_resume", "tailoring/scoring/scorer.py:score"),
    *("tailoring/stages.py:validate", "workloads/builtin.py:workload_of"),
    *("workloads/caching.py:serve", "workloads/tailoring.py:code_version"),
}


@pytest.mark.slow
def test_only_functions_of_the_face_open_knowledge_by_themselves() -> None:
    opening = {
        f"{name}:{function.name}"
        for name, tree in trees(PACKAGE)
        for function in functions(tree)
        if "import opened" in ast.unparse(tree) or name.endswith("opening.py")
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and node.id == "opened"
    }
    assert opening == OPENING
