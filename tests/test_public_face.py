"""The names that a notebook imports."""

import subprocess
import sys
from importlib import import_module

import pytest

import tailor_lab


@pytest.mark.parametrize("name", tailor_lab.__all__)
def test_every_public_name_can_be_imported_and_says_what_it_is(name: str) -> None:
    assert getattr(tailor_lab, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        tailor_lab.nonsense  # noqa: B018


@pytest.mark.slow
@pytest.mark.parametrize("room", ["", ".experiment", ".llm", ".report", ".tailoring"])
def test_a_room_offers_what_it_lists(room: str) -> None:
    package = import_module(f"tailor_lab{room}")
    assert all(getattr(package, name) is not None for name in package.__all__)
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="nonsense"):
        package.nonsense  # noqa: B018
    # Tools ask modules for names that they do not have.
    assert not hasattr(package, "__wrapped__")


@pytest.mark.slow
def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = ["duckdb", "polars", "openai", "altair", "scipy", "numpy", "pydantic", "yaml"]
    code = (
        f"import sys, tailor_lab, tailor_lab.cli; print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
