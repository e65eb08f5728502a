"""Settings: where values come from, and that secrets stay secret."""

from pathlib import Path

import pytest

from tailor_lab import InputError
from tailor_lab.settings import Settings, find_home, shipped


def test_the_environment_wins_over_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TAILOR_LAB_MODEL=local:a\nOPENAI_BASE_URL=http://x/v1\n")
    settings = Settings.load(tmp_path / ".lab", environ={"TAILOR_LAB_MODEL": "local:b"})
    assert settings.model == "local:b"
    assert settings.openai_base_url == "http://x/v1"


def test_the_home_is_the_nearest_project(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "pyproject.toml").touch()
    deep = tmp_path / "notebooks" / "deep"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert find_home({}) == tmp_path / ".lab"
    assert find_home({"TAILOR_LAB_HOME": "/elsewhere"}) == Path("/elsewhere")


def test_no_secret_is_ever_printed(tmp_path: Path) -> None:
    environ = {"OPENAI_API_KEY": "sk-secret-1", "REDIS_URL": "redis://:secret-2@host"}
    settings = Settings.load(tmp_path, environ=environ)
    shown = repr(settings) + str(settings)
    assert "sk-secret-1" not in shown
    assert "secret-2" not in shown
    assert settings.openai_api_key.get_secret_value() == "sk-secret-1"


@pytest.mark.parametrize(
    ("name", "value"),
    [("REDIS_TLS", "perhaps"), ("TAILOR_LAB_OFFLINE_LATENCY_MS", "fast")],
)
def test_a_wrong_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InputError, match=name):
        Settings.load(tmp_path, environ={name: value})


def test_shipped_files_are_found_in_a_checkout() -> None:
    assert shipped("experiments/prompts.yaml").is_file()
