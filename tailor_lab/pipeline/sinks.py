"""Where finished runs go: a function, or a file of JSON Lines that grows as they finish."""

import json
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO

from tailor_lab.errors import InputError
from tailor_lab.files import local_path
from tailor_lab.pipeline.batch import row
from tailor_lab.pipeline.run import Run


class Sink:
    """Takes finished runs, one by one, on the calling thread."""

    def __init__(self, target: Callable[[Run], object] | str | Path) -> None:
        self._take = target if callable(target) else self._write
        self._path = None if callable(target) else local_path(target, "a sink")
        self._file: IO[str] | None = None
        if self._path is not None and self._path.suffix.lower() not in {".jsonl", ".ndjson"}:
            raise InputError(f"{self._path}: a sink is a function or the path of a .jsonl file.")

    def __enter__(self) -> "Sink":
        if self._path is not None:
            _end_last_line(self._path)
            self._file = self._path.open("a", encoding="utf-8")
        return self

    def take(self, run: Run) -> None:
        """Hands over a run."""
        self._take(run)

    def _write(self, run: Run) -> None:
        assert self._file is not None, "a sink is entered before it takes"
        self._file.write(json.dumps(row(run), ensure_ascii=False) + "\n")
        self._file.flush()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()


def _end_last_line(path: Path) -> None:
    """Removes what a crash has left of a last line, so that the next one starts on its own."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        data = file.read()
        file.truncate(data.rfind(b"\n") + 1)
