"""What is known of a server and model: what it does not take, what it can read, how it counts.

One small JSON file for each server and model, in the folder `models` of the home, which all
processes share. It is read again whenever it has changed, replaced whole under a lock, and keeps
what it holds beside the fields of `Capabilities`. A file that cannot be read counts as empty, and
one that cannot be written costs nothing but the memory of it.
"""

import hashlib
import json
import math
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tailor_lab.files import LocksRefusedError, locked, private_folder, written_whole

MOST_ACCOMMODATIONS = 64
_LOCK_WAIT_S = 5.0


@dataclass(frozen=True)
class Capabilities:
    """What was found out about a server and model so far; the defaults are what is assumed."""

    accommodations: tuple[str, ...] = ()
    """What every request to it leaves out or says otherwise, such as "drop temperature"."""
    context_tokens: int | None = None
    """Tokens of prompt and answer together that it can hold; None where that is not known."""
    token_ratio: float | None = None
    """Tokens that it counts for each that the client estimates; None before the first answer."""
    token_samples: int = 0
    """Answers that `token_ratio` comes from."""

    def expected_tokens(self, estimated: int) -> int:
        """The tokens that this server will count for a prompt of so many estimated ones."""
        return round(estimated * (self.token_ratio or 1.0))


class CapabilityFile:
    """The capabilities of one server and model, shared by all processes of a home folder.

    Without a home they are kept in memory alone. Picklable: the copy reads the same file.
    """

    def __init__(self, home: Path | None, server: str, model: str) -> None:
        self.server = server
        self.model = model
        name = hashlib.sha256(f"{server} {model}".encode()).hexdigest()[:16]
        self.path = home / "models" / f"{name}.json" if home is not None else None
        self._known = Capabilities()
        self._others: Mapping[str, Any] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[Callable[..., "CapabilityFile"], tuple[Any, ...]]:
        return _rebuilt, (self.path, self.server, self.model, self._known)

    def read(self) -> Capabilities:
        """What is known now, by whichever process found it out."""
        with self._lock:
            self._refresh()
            return self._known

    def change(self, change: Callable[[Capabilities], Capabilities]) -> Capabilities:
        """Replaces what is known by what `change` makes of it, alone among all processes."""
        with self._lock:
            if self.path is None:
                self._known = change(self._known)
                return self._known
            changed = None
            with suppress(OSError, LocksRefusedError):
                private_folder(self.path.parent)
                with locked(self.path.with_suffix(".lock"), wait_s=_LOCK_WAIT_S):
                    self._refresh()
                    changed = change(self._known)
                    if changed != self._known:
                        self._known = changed
                        self._write(self.path)
            # The home cannot be written: this process goes on with what it found out.
            self._known = changed if changed is not None else change(self._known)
            return self._known

    def _write(self, path: Path) -> None:
        values = {
            **self._others,
            "server": self.server,
            "model": self.model,
            "accommodations": list(self._known.accommodations),
            "context_tokens": self._known.context_tokens,
            "token_ratio": self._known.token_ratio,
            "token_samples": self._known.token_samples,
        }
        with written_whole(path, private=True) as half:
            half.write_text(json.dumps(values, indent=1, ensure_ascii=False), encoding="utf-8")
        self._stamp = _stamp_of(path)

    def _refresh(self) -> None:
        if self.path is None:
            return
        stamp = _stamp_of(self.path)
        if stamp is None and self._stamp is not None:
            # Deleted: whoever did it wants everything tried again.
            self._known, self._others = Capabilities(), {}
        if stamp is not None and stamp != self._stamp:
            values = _decoded(self.path)
            self._known, self._others = _capabilities(values), values
        self._stamp = stamp


def _rebuilt(path: Path | None, server: str, model: str, known: Capabilities) -> CapabilityFile:
    file = CapabilityFile(path.parent.parent if path is not None else None, server, model)
    file._known = known
    return file


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file is replaced; None without one."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _decoded(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def _capabilities(values: Mapping[str, Any]) -> Capabilities:
    """The fields that make sense; a file may be damaged, or of another version."""
    known = Capabilities()
    listed = values.get("accommodations")
    if isinstance(listed, list):
        texts = [text for text in listed if isinstance(text, str) and len(text) <= 100]
        known = replace(known, accommodations=tuple(texts[:MOST_ACCOMMODATIONS]))
    context = values.get("context_tokens")
    if isinstance(context, int) and context > 0:
        known = replace(known, context_tokens=context)
    ratio, samples = values.get("token_ratio"), values.get("token_samples")
    if isinstance(ratio, int | float) and math.isfinite(ratio) and 0.1 <= ratio <= 10:
        counted = samples if isinstance(samples, int) and samples > 0 else 1
        known = replace(known, token_ratio=float(ratio), token_samples=counted)
    return known
