"""Statistics take columns of numbers and give estimates."""

from typing import assert_type

import numpy as np
import polars as pl

from tailor_lab.stats import Estimate, paired, sample_size, unpaired

before, after = [1.0, 2.0, 4.0, 3.0], [2.0, 2.5, 6.0, 3.0]
estimate = paired(before, after)
assert_type(estimate, Estimate)
assert_type(estimate.value, float)
assert_type(estimate.low, float | None)
assert_type(estimate.p, float | None)
assert_type(estimate.warnings, tuple[str, ...])
assert_type(paired(np.array(before), pl.Series(after), level=0.9), Estimate)
assert_type(unpaired(before, after), Estimate)
assert_type(sample_size(0.5, sd=1.0), int)


def refused() -> None:
    paired(before)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    paired(before, after, level="high")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    paired(before, after, 0.9)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
