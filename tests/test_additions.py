"""Nine things can be added by one new file, as a user or a contributor would, and used at once.

What a user adds lies outside the package: a class, a YAML file, or a package of their own with an
entry point. What a contributor adds is a file in a copy of the package, with its name in a list
where there is one. A table is a line in the list of tables, and the layout's next version.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]
RESUME = {
    "basics": {"name": "Ada Hale", "email": "ada@example.com"},
    "work": [{"name": "Hale Haulage", "position": "Planner", "highlights": ["Planned routes"]}],
    "skills": [{"name": "Tools", "keywords": ["SQL", "Python"]}],
}

pytestmark = pytest.mark.slow


def done(*arguments: str | Path, cwd: Path, path: Path) -> str:
    """What a Python process with `path` before all else printed; it must end well."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (path, ROOT)))}
    ran = subprocess.run(
        [sys.executable, "-P", *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def script(code: str, *, cwd: Path, path: Path | None = None) -> str:
    """What a few lines of Python printed."""
    return done("-c", dedent(code), cwd=cwd, path=path or cwd).strip()


def command(*arguments: str | Path, cwd: Path, path: Path | None = None) -> str:
    """What the command line printed."""
    return done("-m", "tailor_lab", *arguments, cwd=cwd, path=path or cwd)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return path


def install(folder: Path, group: str, entry: str) -> None:
    """What `pip install` leaves of a package's entry points."""
    write(folder / "mine-1.0.dist-info" / "METADATA", "Metadata-Version: 2.1\nName: mine\n")
    write(folder / "mine-1.0.dist-info" / "entry_points.txt", f"[{group}]\nmine = {entry}\n")


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the package and its data, to which files may be added."""
    folder = tmp_path / "checkout"
    for name in ("tailor_lab", "data", "experiments"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_a_policy_is_a_class_that_replay_and_live_caching_take(tmp_path: Path) -> None:
    write(
        tmp_path / "newest_out.py",
        """
        from tailor_lab.cache.policies import Policy

        class NewestOut(Policy):
            '''Drops the newest: the first keys stay.'''

            def __init__(self, capacity):
                super().__init__(capacity)
                self.sizes = {}

            def add(self, key, size, cost=1.0):
                self.sizes[key] = size
                gone = []
                while sum(self.sizes.values()) > self.capacity:
                    gone.append(self.sizes.popitem()[0])
                return gone

            def remove(self, key):
                self.sizes.pop(key, None)
        """,
    )
    told = script(
        """
        from newest_out import NewestOut
        from tailor_lab import Cache, Memory
        from tailor_lab.cache import Trace, replay

        frame = replay(Trace.of("abcabcabc"), ["lru", NewestOut], [2])
        print(dict(frame.select("policy", "hit_ratio").rows()))
        cache = Cache(Memory("1MB", policy=NewestOut))
        print(cache.wrap("n", "k", lambda: 7), cache.wrap("n", "k", lambda: 8))
        """,
        cwd=tmp_path,
    )
    ratios, values = told.splitlines()
    assert eval(ratios)["NewestOut"] > eval(ratios)["lru"] == 0
    assert values == "7 7"


def test_an_estimator_is_a_function_in_a_file(copied: Path) -> None:
    write(
        copied / "tailor_lab/stats/estimators/medians.py",
        """
        from tailor_lab.stats.estimate import Estimate, at_least, pairs

        def paired_median(a, b):
            '''Median of `b - a` over pairs.'''
            first, second, warnings = pairs(a, b)
            at_least(len(first), 2, "pairs")
            value = sorted(second - first)[len(first) // 2]
            return Estimate(float(value), None, None, None, len(first), "median", warnings=warnings)
        """,
    )
    told = script(
        """
        from tailor_lab.stats.estimators.medians import paired_median
        print(paired_median([1, 2, 3], [2, 4, 9]).value)
        """,
        cwd=copied,
    )
    assert told == "2.0"


def test_a_report_format_is_a_value_that_an_installed_package_offers(tmp_path: Path) -> None:
    write(
        tmp_path / "slides.py",
        """
        from tailor_lab.report.format import ReportFormat

        def write(result, path, value_per_success):
            path.write_text(f"# {result.experiment.name}\\n")

        FORMAT = ReportFormat(".slides", "one slide", write)
        """,
    )
    install(tmp_path, "tailor_lab.reports", "slides:FORMAT")
    told = script(
        """
        from tailor_lab import Experiment, InputError, Lab, Metric, Pipeline, Variant

        def n_words(text):
            return len(text.split())

        lab = Lab("home")
        lab.run(Experiment(
            "lengths", items=[{"id": i, "text": "x " * i} for i in range(1, 4)],
            pipeline=Pipeline([n_words]), variants=[Variant("a"), Variant("b")],
            primary=Metric("n_words", margin=1.0),
        ), n_jobs=1, progress=False)
        print(lab.report("lengths", "out.slides").read_text())
        try:
            lab.report("lengths", "out.doc")
        except InputError as error:
            print(error)
        lab.close()
        """,
        cwd=tmp_path,
    )
    assert "# lengths" in told
    assert ".csv, .parquet or .slides" in told
    assert ".slides" in command("report", "--help", cwd=tmp_path)


def test_a_provider_is_an_entry_in_the_projects_own_file(tmp_path: Path) -> None:
    write(
        tmp_path / "experiments/providers.yaml",
        """
        providers:
          house: {base_url: "http://localhost:9/v1", key_variable: HOUSE_API_KEY}
        """,
    )
    told = script(
        """
        import os
        from tailor_lab.llm import LLM
        from tailor_lab.settings import Settings

        os.environ["HOUSE_API_KEY"] = "k"
        target = LLM("house:big", settings=Settings.load(".lab")).target
        print(target.provider, target.model, target.server, target.key.get_secret_value())
        """,
        cwd=tmp_path,
    )
    assert told == "house big http://localhost:9/v1 k"


YAML_FORMAT = """
    import yaml
    from tailor_lab.tailoring.documents.characters import decoded
    from tailor_lab.tailoring.documents.format import Content, Format

    def read(content, name):
        return Content(data=yaml.safe_load(decoded(content)))

    def write(data):
        return yaml.safe_dump(dict(data)).encode()

    FORMAT = Format(".yaml", "YAML", read=read, write=write, also=(".yml",))
"""


def test_a_document_format_is_a_value_that_an_installed_package_offers(tmp_path: Path) -> None:
    write(tmp_path / "in_yaml.py", YAML_FORMAT)
    install(tmp_path, "tailor_lab.documents", "in_yaml:FORMAT")
    write(tmp_path / "mine/resumes/me.yml", json.dumps(RESUME))
    write(tmp_path / "mine/jobs/job.yaml", "text: We need SQL and Python.\n")
    told = script(
        """
        from tailor_lab.experiment.run.items import load_items
        from tailor_lab.tailoring import load_resume, write_resume
        from tailor_lab.tailoring.documents.formats import endings

        resume = load_resume("mine/resumes/me.yml")
        again = load_resume(write_resume(resume, "copy.yaml"))
        print(resume.name, resume.format, again == resume)
        print([item.id for item in load_items("mine", endings=endings())])
        """,
        cwd=tmp_path,
    )
    assert told.splitlines() == ["Ada Hale yaml True", "['me--job']"]
    pair = ("--resume", "mine/resumes/me.yml", "--job", "mine/jobs/job.yaml")
    assert json.loads(command("score", *pair, "--json", cwd=tmp_path))["value"] > 0
    assert ".yaml" in command("score", "--help", cwd=tmp_path)


def test_a_document_format_of_the_package_is_a_file_and_its_name(copied: Path) -> None:
    formats = copied / "tailor_lab/tailoring/documents/formats"
    write(formats / "in_yaml.py", YAML_FORMAT)
    listing = (formats / "__init__.py").read_text(encoding="utf-8")
    assert listing.count('"docx"') == 1
    write(formats / "__init__.py", listing.replace('"docx"', '"docx", "in_yaml"'))
    write(copied / "me.yaml", json.dumps(RESUME))
    told = script(
        """
        from tailor_lab import InputError
        from tailor_lab.tailoring import load_resume, write_resume

        print(load_resume("me.yaml").name)
        try:
            write_resume(load_resume("me.yaml"), "me.odt")
        except InputError as error:
            print(error)
        """,
        cwd=copied,
    )
    assert told.splitlines()[0] == "Ada Hale"
    assert told.endswith("written as .json, .md, .pdf, .docx or .yaml.")


RULE = """
    about: Says that the work was done with joy.
    why: Nobody can check how somebody felt about planning routes.
    kind: feeling
    severity: review
    words: [joyful(?:ly)?, with (?:great )?joy]
    flags: [{source: Planned routes, tailored: Planned routes with great joy, says: with great joy}]
    passes: [{source: Planned routes joyfully, tailored: Planned routes joyfully}]
"""


def pair(folder: Path) -> tuple[Path, Path]:
    """A résumé, and one made of it that tells of joy."""
    source = write(folder / "source.json", json.dumps(RESUME))
    told = json.dumps(RESUME).replace("Planned routes", "Planned routes joyfully")
    return source, write(folder / "tailored.json", told)


def test_a_fact_rule_of_the_package_is_a_file_whose_examples_are_tests(copied: Path) -> None:
    write(copied / "data/rules/feeling.joy.yaml", RULE)
    (claim,) = json.loads(command("facts", *pair(copied), "--json", cwd=copied))["flagged"]
    assert (claim["rule"], claim["text"]) == ("feeling.joy", "joyfully")
    shutil.copy(ROOT / "tests/tailoring/test_rules.py", copied)
    options = ("-q", "-p", "no:cacheprovider", "--noconftest", "-k", "feeling.joy")
    assert "2 passed" in done("-m", "pytest", "test_rules.py", *options, cwd=copied, path=copied)


def test_a_fact_rule_of_ones_own_is_a_file_in_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "rules/feeling.joy.yaml", RULE)
    asked = ("facts", *pair(tmp_path), "--json")
    assert not json.loads(command(*asked, cwd=tmp_path))["flagged"]
    (claim,) = json.loads(command(*asked, "--rules", "rules", cwd=tmp_path))["flagged"]
    assert claim["rule"] == "feeling.joy"


def test_a_table_of_the_log_is_a_line_and_older_logs_get_it(copied: Path) -> None:
    record = """
        from tailor_lab import RunLog
        with RunLog("log.duckdb") as log:
            log.record({!r}, {!r})
            print(log.sql("select * from {}").to_dicts()[0][{!r}])
    """
    old = record.format("events", {"event": "opened"}, "events", "event")
    assert script(old, cwd=copied) == "opened"
    tables = copied / "tailor_lab/runlog/tables.py"
    text = tables.read_text(encoding="utf-8")
    line = '        _table("ratings", "at", run_id=TEXT, at=TIME, stars=COUNT),\n'
    first, version = '        _table(\n            "runs",', "SCHEMA_VERSION = 4"
    assert text.count(first) == text.count(version) == 1
    text = text.replace(first, line + first).replace(version, "SCHEMA_VERSION = 5")
    tables.write_text(text, encoding="utf-8")
    new = record.format("ratings", {"run_id": "r", "stars": 5}, "ratings", "stars")
    assert script(new, cwd=copied) == "5"
    assert script(old, cwd=copied) == "opened"


def test_a_chart_is_a_function_in_a_file(copied: Path) -> None:
    write(
        copied / "tailor_lab/charts/dots.py",
        """
        import altair as alt

        def dots(frame, *, title):
            '''A dot for each item.'''
            return alt.Chart(frame, title=title).mark_point().encode(x="x:Q", y="y:Q")
        """,
    )
    told = script(
        """
        import polars as pl
        from tailor_lab.charts import save
        from tailor_lab.charts.dots import dots

        save(dots(pl.DataFrame({"x": [1, 2], "y": [3, 4]}), title="They rise"), "dots.svg")
        print("They rise" in open("dots.svg").read())
        """,
        cwd=copied,
    )
    assert told == "True"


def test_a_source_of_results_is_a_value_that_an_installed_package_offers(tmp_path: Path) -> None:
    write(
        tmp_path / "ours.py",
        """
        from pathlib import Path
        import polars as pl
        from tailor_lab.experiment.sources import ResultRows, Source

        def read(given):
            rows = [line.split("=") for line in Path(given).read_text().split()]
            frame = pl.DataFrame(rows, schema=["question", "points"], orient="row")
            return ResultRows(frame, str(given), item="question", label=Path(given).stem)

        def matches(given):
            return str(given).endswith(".ours")

        SOURCE = Source("ours", matches, read, takes="a file of ours (.ours)")
        """,
    )
    install(tmp_path, "tailor_lab.results", "ours:SOURCE")
    write(tmp_path / "big.ours", "q1=3 q2=4.5")
    told = script(
        """
        from tailor_lab import InputError
        from tailor_lab.experiment.sources.results import read_results

        print(read_results("big.ours").select("item_id", "variant", "points").rows())
        try:
            read_results("big.theirs")
        except InputError as error:
            print(error)
        """,
        cwd=tmp_path,
    )
    assert told.splitlines()[0] == "[('q1', 'big', 3.0), ('q2', 'big', 4.5)]"
    assert "give a file of ours (.ours) or a table" in told


def test_a_broken_package_is_named_and_everything_else_works(tmp_path: Path) -> None:
    write(tmp_path / "in_yaml.py", "raise RuntimeError('too old')\n")
    install(tmp_path, "tailor_lab.documents", "in_yaml:FORMAT")
    told = script(
        """
        import warnings
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            from tailor_lab.tailoring.documents.formats import readable
            print(readable())
        print(caught[0].message)
        """,
        cwd=tmp_path,
    )
    first, second = told.splitlines()
    assert first == ".json, .md, .txt, .pdf or .docx"
    assert second.startswith('"mine" of mine (tailor_lab.documents) is not used: RuntimeError')
