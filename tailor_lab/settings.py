"""Environment and defaults, read in one place and passed on.

Values come from the process environment, then from a `.env` file beside the home folder, then from
the defaults here. Secrets are held as `SecretStr`, which prints as asterisks.

What a request to a model may take is given, first come first served, by the caller or the command
line (`--timeout`, `--max-tokens`), by the variables `TAILOR_LAB_TIMEOUT`, `TAILOR_LAB_RETRIES` and
`TAILOR_LAB_MAX_TOKENS`, by the provider's entry in `experiments/providers.yaml`, and by the
client's own defaults. A prompt's or a variant's own `max_tokens` goes before all of them.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from dotenv import dotenv_values
from pydantic import SecretStr

from tailor_lab.errors import InputError
from tailor_lab.files import local_path

HOME_NAME = ".lab"
Fsync = Literal["never", "interval", "always"]
Content = Literal["none", "redacted", "whole"]


@dataclass(frozen=True)
class Settings:
    """Where the lab keeps its things and how it reaches the servers it uses."""

    home: Path
    """The folder of the log, the cache and what processes share."""
    model: str = "offline"
    openai_api_key: SecretStr | None = None
    """`OPENAI_API_KEY`; printed as asterisks."""
    openai_base_url: str | None = None
    """`OPENAI_BASE_URL`; None means OpenAI's own."""
    redis_url: SecretStr | None = None
    """A Redis URL may carry a password, so it is a secret as a whole."""
    redis_tls: bool = False
    """Whether a plain `redis://` is spoken over TLS."""
    offline_latency_ms: float = 0.0
    """Median of the latency that the offline model simulates; 0 answers at once."""
    log_fsync: Fsync = "interval"
    """When recorded rows are safe from a power cut, not just from a crash."""
    log_content: Content = "redacted"
    """Whether prompts and replies are stored, and whether without the person's details."""
    timeout_s: float | None = None
    """`TAILOR_LAB_TIMEOUT`: seconds for each attempt at a request to a model."""
    retries: int | None = None
    """`TAILOR_LAB_RETRIES`: attempts after the first."""
    max_tokens: int | None = None
    """`TAILOR_LAB_MAX_TOKENS`: how long an answer may be where the prompt does not say."""
    variables: Mapping[str, SecretStr] = field(default_factory=dict, repr=False, hash=False)
    """What `.env` holds, and the environment that was given in place of the process's."""
    reads_process: bool = field(default=True, repr=False)
    """Whether `variable` asks the process's environment first."""

    def variable(self, name: str) -> SecretStr | None:
        """The value of a variable that a table of servers names, as for a key; None if not set.

        The process's environment goes before `.env`.
        """
        value = os.environ.get(name, "") if self.reads_process else ""
        return SecretStr(value) if value else self.variables.get(name)

    @property
    def project(self) -> Path:
        """The folder that holds the home folder; relative paths of an experiment start here."""
        return self.home.parent

    @classmethod
    def load(
        cls, home: str | Path | None = None, *, environ: Mapping[str, str] | None = None
    ) -> "Settings":
        """Settings for `home`, or for the home that the environment or the working folder names.

        Raises `InputError` where a variable holds what it cannot hold.
        `environ` takes the place of the process's environment.
        """
        environment = os.environ if environ is None else environ
        given = local_path(home, "the home folder") if home else find_home(environment)
        folder = given.expanduser().resolve()
        file_values = {k: v for k, v in dotenv_values(folder.parent / ".env").items() if v}
        values = {**file_values, **{k: v for k, v in environment.items() if v}}
        key, redis = values.get("OPENAI_API_KEY"), values.get("REDIS_URL")
        return cls(
            home=folder,
            model=values.get("TAILOR_LAB_MODEL", cls.model),
            openai_api_key=SecretStr(key) if key else None,
            openai_base_url=values.get("OPENAI_BASE_URL"),
            redis_url=SecretStr(redis) if redis else None,
            redis_tls=_boolean("REDIS_TLS", values.get("REDIS_TLS", "")),
            offline_latency_ms=_milliseconds(
                "TAILOR_LAB_OFFLINE_LATENCY_MS", values.get("TAILOR_LAB_OFFLINE_LATENCY_MS", "0")
            ),
            log_fsync=_word("TAILOR_LAB_LOG_FSYNC", values, Fsync, cls.log_fsync),
            log_content=_word("TAILOR_LAB_LOG_CONTENT", values, Content, cls.log_content),
            timeout_s=_number("TAILOR_LAB_TIMEOUT", values, "seconds, more than 0", least=1e-3),
            retries=_whole("TAILOR_LAB_RETRIES", values, least=0),
            max_tokens=_whole("TAILOR_LAB_MAX_TOKENS", values, least=1),
            variables={
                name: SecretStr(value)
                for name, value in (file_values if environ is None else values).items()
            },
            reads_process=environ is None,
        )


def current_home(environ: Mapping[str, str] | None = None) -> Path:
    """The home folder that the environment or the working folder names, as an absolute path."""
    return find_home(os.environ if environ is None else environ).expanduser().resolve()


def imported_knowledge(home: Path) -> Path:
    """The folder of the taxonomies that a user has imported into a home."""
    return home / "knowledge"


def find_home(environ: Mapping[str, str]) -> Path:
    """The home folder: `TAILOR_LAB_HOME`, else `.lab` in the nearest parent that is a project."""
    if environ.get("TAILOR_LAB_HOME"):
        return local_path(environ["TAILOR_LAB_HOME"], "TAILOR_LAB_HOME")
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / HOME_NAME).is_dir() or (folder / "pyproject.toml").is_file():
            return folder / HOME_NAME
    return here / HOME_NAME


def shipped(name: str) -> Path:
    """The path of something that comes with tailor_lab, such as `data/knowledge`.

    It lies beside the package in a checkout and inside it in an installed wheel.
    """
    package = Path(__file__).parent
    beside = package.parent / name
    return beside if beside.exists() else package / "shipped" / name


def _boolean(name: str, text: str) -> bool:
    if text.lower() in {"", "0", "false", "no", "off"}:
        return False
    if text.lower() in {"1", "true", "yes", "on"}:
        return True
    raise InputError(f"{name} is {text!r}; it must be true or false.")


def _milliseconds(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e7:
        raise InputError(f"{name} is {text!r}; it must be a number of milliseconds, 0 or more.")
    return value


def _number(name: str, values: Mapping[str, str], what: str, *, least: float) -> float | None:
    """A number that a variable holds; None where it is not set."""
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value < math.inf:
        raise InputError(f"{name} is {text!r}; it must be a number of {what}.")
    return value


def _whole(name: str, values: Mapping[str, str], *, least: int) -> int | None:
    value = _number(name, values, f"{least} or more, without a fraction", least=least)
    if value is not None and not value.is_integer():
        raise InputError(f"{name} is {values[name]!r}; it must be a whole number.")
    return None if value is None else int(value)


def _word(name: str, values: Mapping[str, str], words: Any, default: Any) -> Any:
    """One of the words that a `Literal` allows."""
    value = values.get(name, default)
    if value not in get_args(words):
        raise InputError(f"{name} is {value!r}; it must be one of {', '.join(get_args(words))}.")
    return value
