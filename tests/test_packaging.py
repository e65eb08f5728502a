"""What is published: the sdist holds the sources, the wheel works in an empty folder."""

import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.documents import ROOT

pytestmark = pytest.mark.slow
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
RESUME = "data/resumes/healthcare-senior-icu-nurse.json"
JOB = "data/jobs/job-healthcare-icu-nurse.json"


def build(kind: str, source: Path, target: Path) -> Path:
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def sources(sdist: Path, tmp_path_factory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("sources")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (top,) = folder.iterdir()
    return top


@pytest.fixture(scope="module")
def wheel(sources: Path, tmp_path_factory) -> Path:
    """Built from the sdist, as an index does: what the sdist lacks the wheel cannot have."""
    return build("wheel", sources, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> EmailMessage:
    with ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name), policy=policy.default.clone(utf8=True))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Path:
    """A new environment with the wheel; what it depends on is lent by the one that runs the tests.

    Only that environment's packages are lent, not its links to the checkout: Python follows no
    `.pth` file of a folder that is itself named in one.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = folder / "bin" / "python"
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps"]
    subprocess.run(
        [*command, "--no-index", "--ignore-installed", str(wheel)], capture_output=True, check=True
    )
    return folder / "bin" / "tailor-lab"


def run_outside(command: list[str], folder: Path) -> str:
    """What a command prints in a folder of its own, with nothing of the checkout on its path."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={"HOME": str(folder), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_sdist_holds_every_source_and_nothing_that_a_machine_made(sources: Path) -> None:
    wanted = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert [name for name in wanted if not (sources / name).exists()] == []
    added_by_the_builder = {"PKG-INFO", ".gitignore", "pyproject.toml"}
    tops = {name.split("/")[0] for name in wanted}
    assert {path.name for path in sources.iterdir()} == tops | added_by_the_builder
    made = re.compile(r"\.(pyc|gz|whl|duckdb|sqlite)$|/\.(lab|mypy_cache|pytest_cache|ruff_cache)/")
    assert [str(p) for p in sources.rglob("*") if made.search(p.as_posix())] == []
    assert not list(sources.rglob("__pycache__"))


def test_the_wheel_holds_the_package_and_its_data_alone(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"tailor_lab"}
    for name in ("py.typed", f"shipped/{RESUME}", "shipped/experiments/prompts.yaml"):
        assert f"tailor_lab/{name}" in names


def test_the_metadata_states_where_and_by_whom(metadata: EmailMessage) -> None:
    assert metadata.get_all("Project-URL")
    assert metadata["Author"] == "tailor_lab contributors"
    assert metadata["License-Expression"] == "MIT"


def test_the_description_has_no_link_that_an_index_cannot_follow(metadata: EmailMessage) -> None:
    text = metadata.get_payload()
    assert text.startswith("# tailor_lab\n")
    assert "docs/statistics.md has the whole procedure" in text, "the words of a link stay"
    assert "https://jsonresume.org" in text
    assert re.findall(r"\]\((?!https?:|#)[^)]*\)", text) == []


def test_the_command_of_the_wheel_works_in_an_empty_folder(installed: Path, tmp_path) -> None:
    assert "Usage: tailor-lab" in run_outside([str(installed), "--help"], tmp_path)


def test_a_shipped_pair_is_scored_by_the_wheel_in_an_empty_folder(installed, tmp_path) -> None:
    find = "import tailor_lab.settings as s; print(s.shipped('data').parent)"
    where = run_outside([str(installed.parent / "python"), "-c", find], tmp_path).strip()
    assert where.startswith(str(installed.parents[1])), "not that of the checkout"
    pair = ["--resume", f"{where}/{RESUME}", "--job", f"{where}/{JOB}"]
    assert "score" in run_outside([str(installed), "score", *pair], tmp_path).lower()
