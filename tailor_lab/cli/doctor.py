"""What is configured, what can be reached, and what to do about what cannot."""

import importlib.metadata
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tailor_lab.errors import TailorLabError
from tailor_lab.files import locks_refused
from tailor_lab.settings import Settings


@dataclass(frozen=True)
class HealthCheck:
    """One thing that was looked at."""

    what: str
    ok: bool
    says: str


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was looked at."""

    findings: tuple[HealthCheck, ...]

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return all(finding.ok for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON-like values."""
        return {"ok": self.ok, "findings": [vars(finding) for finding in self.findings]}

    def __str__(self) -> str:
        width = max(len(finding.what) for finding in self.findings)
        return "\n".join(
            f"{'ok ' if finding.ok else '-- '} {finding.what:<{width}}  {finding.says}"
            for finding in self.findings
        )


def examine(settings: Settings | None = None) -> Diagnosis:
    """Looks at home folder, log, cache and model; reaches out only to what is configured."""
    return Diagnosis(tuple(_findings(settings or Settings.load())))


def _findings(settings: Settings) -> Iterator[HealthCheck]:
    python = sys.version.split()[0]
    version = importlib.metadata.version("tailor-lab")
    yield HealthCheck("tailor_lab", True, f"{version} on Python {python}")
    yield _home(settings.home)
    yield _log(settings)
    yield _cache(settings)
    yield _model(settings)


def _home(home: Path) -> HealthCheck:
    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=existing):
            pass
    except OSError as error:
        advice = f"{home} cannot be written ({error.strerror}). Set TAILOR_LAB_HOME to a folder."
        return HealthCheck("home", False, advice)
    refused = locks_refused(existing)
    if refused is not None:
        return HealthCheck("home", False, refused)
    return HealthCheck("home", True, str(home) if home.exists() else f"{home} (will be made)")


def _log(settings: Settings) -> HealthCheck:
    from tailor_lab.runlog import RunLog

    path = settings.home / "lab.duckdb"
    try:
        log = RunLog(path)
        if not log.journal_folder.exists():
            return HealthCheck("log", True, f"{path} (nothing recorded yet)")
        count = log.sql("select count(*) from runs").item()
    except TailorLabError as error:
        return HealthCheck("log", False, str(error))
    return HealthCheck("log", True, f"{path}, {count:,} runs")


def _cache(settings: Settings) -> HealthCheck:
    from tailor_lab.cache import Cache
    from tailor_lab.cache.tier import TierError

    cache = Cache.from_settings(settings)
    shared = cache.shared
    assert shared is not None, "settings always describe a shared tier"
    if settings.redis_url is None and not (settings.home / "cache.sqlite").exists():
        return HealthCheck("cache", True, f"{settings.home / 'cache.sqlite'} (empty)")
    try:
        shared.set("doctor:0", b"", 0.0)
        shared.delete("doctor:0")
        entries, size = shared.usage()
    except TierError as error:
        return HealthCheck("cache", False, f"{error}. {_cache_advice(str(error), settings)}")
    finally:
        cache.close()
    place = "Redis" if settings.redis_url is not None else str(settings.home / "cache.sqlite")
    return HealthCheck("cache", True, f"{place}, {entries:,} entries, {size / 1e6:,.1f} MB")


_CACHE_ADVICE = {
    "no file locks": "Until then every value is computed.",
    "refuses locks": "Until then every value is computed.",
    "refuses the user": "Put the right user and password into REDIS_URL.",
    "certificate": "Or use a server whose certificate this machine trusts.",
    "is full": "Free space there; until then nothing new is kept.",
    "disk is full": "Free space; until then nothing new is kept.",
    "read-only replica": "Point REDIS_URL at the primary server.",
    "Redis": "Start it (redis-server), or unset REDIS_URL; until then the cache is on disk.",
    "locked": "Another program holds the file; close that program.",
    "newer version": "Update tailor_lab, or move the file away to start with an empty cache.",
    "malformed": "Move the file away to start with an empty cache; all of it can be made again.",
    "not a database": "Move the file away to start with an empty cache; all can be made again.",
}


def _cache_advice(complaint: str, settings: Settings) -> str:
    for sign, advice in _CACHE_ADVICE.items():
        if sign in complaint:
            return advice
    return f"Make {settings.home} writable, or set TAILOR_LAB_HOME to another folder."


def _model(settings: Settings) -> HealthCheck:
    if settings.model == "offline":
        return HealthCheck("model", True, "offline (extractive, not an LLM); no network needed")
    from tailor_lab.llm import LLM

    try:
        llm = LLM(settings.model, settings=settings, retries=0)
        longest = settings.max_tokens or 16
        answer = llm.complete([{"role": "user", "content": "Say: ready"}], max_tokens=longest)
    except TailorLabError as error:
        return HealthCheck("model", False, str(error))
    return HealthCheck("model", True, f"{settings.model} answers in {answer.seconds:.1f} s")
