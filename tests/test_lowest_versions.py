"""The constraints of the job that tests the lowest declared versions."""

import pytest

from tools.lowest_versions import lowest_versions


def test_each_dependency_is_held_at_its_lower_bound() -> None:
    project = {
        "dependencies": ["numpy>=2", "zstd>=1.8; python_version < '3.14'", "polars~=1.30,<3"],
        "optional-dependencies": {"lab": ["ipywidgets>=8.1"]},
    }
    assert lowest_versions(project) == [
        "numpy==2",
        'zstd==1.8; python_version < "3.14"',
        "polars==1.30",
        "ipywidgets==8.1",
    ]


def test_of_two_bounds_of_one_dependency_the_higher_holds() -> None:
    project = {
        "dependencies": ["redis>=6"],
        "optional-dependencies": {"redis": ["redis[hiredis]>=7"]},
    }
    assert lowest_versions(project) == ["redis==7"]


def test_a_dependency_without_a_lower_bound_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match='"tqdm<5" has no lower bound'):
        lowest_versions({"dependencies": ["tqdm<5"]})
