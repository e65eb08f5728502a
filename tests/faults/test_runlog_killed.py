"""Killed writers, killed drainers, a compaction in between: nothing lost, nothing twice."""

import pytest

from tests.runlog.storm import check_nothing_lost, storm

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@pytest.mark.timeout(300)
def test_every_acknowledged_row_is_there_once_after_a_short_storm(tmp_path) -> None:
    result = storm(tmp_path, seconds=6)
    assert result.kills >= 5
    check_nothing_lost(tmp_path, result)


@pytest.mark.timeout(300)
def test_every_acknowledged_row_is_there_once_after_a_minute_of_storm(tmp_path) -> None:
    result = storm(tmp_path, seconds=60)
    assert result.kills >= 60
    check_nothing_lost(tmp_path, result)


def test_readers_are_answered_while_four_writers_record_at_leisure(tmp_path) -> None:
    result = storm(tmp_path, seconds=4, pause_s=0.004, kill=False, compact=False)
    assert result.latencies_s
    check_nothing_lost(tmp_path, result)
