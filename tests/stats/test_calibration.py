"""The fast, seeded version of benchmarks/error_rates.py, with its controls that must fail."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

PATH = Path(__file__).parents[2] / "benchmarks" / "error_rates.py"


@pytest.fixture(scope="module")
def calibration() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stats_calibration", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("part", ["clusters", "looks"])
def test_every_promise_is_kept_and_every_control_fails(calibration: ModuleType, part: str) -> None:
    found = list(getattr(calibration, part)(400, np.random.default_rng(3)))
    assert [c.question for c in found if not c.control and not c.kept] == []
    assert [c.question for c in found if c.control and c.kept] == []
    assert any(c.control for c in found)


def test_an_estimator_that_errs_twice_as_often_is_noticed(calibration: ModuleType) -> None:
    broken = calibration.Check("broken", "normal", 100, 0.10, 1000, 0.05)
    assert not broken.kept
