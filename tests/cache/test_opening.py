"""A new cache file is opened by many at once; none of them goes on without it."""

import threading
from pathlib import Path

import pytest

from tailor_lab.cache.tier import TierError
from tailor_lab.cache.tiers.disk import Disk


@pytest.mark.slow
def test_all_who_open_a_new_file_at_the_same_time_have_it(tmp_path: Path) -> None:
    refused: list[str] = []

    def read(place: Path, gate: threading.Barrier) -> None:
        tier = Disk(place).open()
        gate.wait()
        try:
            assert tier.get("n:0123456789abcdef") is None
        except TierError as error:
            refused.append(str(error))
        finally:
            tier.close()

    for number in range(60):
        gate = threading.Barrier(8)
        place = tmp_path / f"{number}.sqlite"
        threads = [threading.Thread(target=read, args=(place, gate)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert refused == []
