"""Names of 0.1 that moved: each still works, warns, and is the module of the new name."""

import json
import subprocess
import sys
import warnings
from importlib import import_module
from pathlib import Path

import pytest

import tailor_lab

MOVED = json.loads((Path(tailor_lab.__file__).parent / "moved.json").read_text(encoding="utf-8"))
HOMES = {old: new for old, new in MOVED.items() if ":" not in old}
NAMES = {old: new for old, new in MOVED.items() if ":" in old}


@pytest.mark.parametrize("old", sorted(HOMES))
def test_an_old_module_name_warns_and_gives_the_new_module(old: str) -> None:
    new = import_module(f"tailor_lab.{HOMES[old]}")
    sys.modules.pop(f"tailor_lab.{old}", None)
    with pytest.warns(DeprecationWarning, match=f"tailor_lab.{HOMES[old]}"):
        module = import_module(f"tailor_lab.{old}")
    names = [name for name in vars(new) if not name.startswith("__")]
    assert names
    assert all(getattr(module, name) is getattr(new, name) for name in names)
    assert new.__spec__ is not None
    assert new.__spec__.name == new.__name__


@pytest.mark.parametrize("old", sorted(NAMES))
def test_a_name_that_left_its_module_warns_and_is_the_new_one(old: str) -> None:
    module, name = old.split(":")
    place, new = NAMES[old].split(":")
    with pytest.warns(DeprecationWarning, match=f"{name} has moved to tailor_lab.{place}"):
        found = getattr(import_module(f"tailor_lab.{module}"), name)
    assert found is getattr(import_module(f"tailor_lab.{place}"), new)


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    from tailor_lab.tailoring import resume

    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        resume.nonsense  # noqa: B018
    with pytest.raises(ImportError, match="nonsense"):
        exec("from tailor_lab.tailoring.resume import nonsense")


def test_no_old_name_hides_a_module_that_exists() -> None:
    package = Path(tailor_lab.__file__).parent
    for old in HOMES:
        place = package.joinpath(*old.split("."))
        assert not place.with_suffix(".py").exists()
        assert not (place / "__init__.py").exists()


def test_a_function_named_like_its_old_module_stays_a_function() -> None:
    from tailor_lab import cache, stats

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
    assert stats.proportions([0, 1, 1], [1, 1, 1]).value == pytest.approx(1 / 3)
    with pytest.raises(TypeError, match="trace"):
        cache.replay()


def test_what_is_patched_under_the_old_name_is_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    from tailor_lab.llm.transport import exchange

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monkeypatch.setattr("tailor_lab.llm.exchange.pause_s", lambda error, attempt: 7.0)
    assert exchange.pause_s(ValueError(), 1) == 7.0  # type: ignore[arg-type]


@pytest.mark.slow
def test_the_warning_names_the_line_that_imports(tmp_path: Path) -> None:
    script = tmp_path / "old.py"
    script.write_text("\nfrom tailor_lab.tailoring.scorer import score\n")
    done = subprocess.run(
        [sys.executable, "-W", "always", str(script)], capture_output=True, text=True, check=True
    )
    assert "old.py:2: DeprecationWarning" in done.stderr


def test_a_name_that_never_was_is_not_found() -> None:
    with pytest.raises(ModuleNotFoundError, match="nonsense"):
        import_module("tailor_lab.tailoring.nonsense")
