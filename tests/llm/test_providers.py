"""Where a model's requests go: the table of servers, a project's file, addresses, secrets."""

import pickle
from pathlib import Path

import pytest

from tailor_lab.data_files import read_data_file
from tailor_lab.errors import InputError
from tailor_lab.llm import LLM
from tailor_lab.llm.addresses import is_own, parse_address
from tailor_lab.llm.errors import (
    RequestRejectedError,
    ServerUnreachableError,
    TimedOutError,
    UnknownModelError,
    WrongKeyError,
)
from tailor_lab.llm.provider_table import provider_table
from tailor_lab.llm.providers import ModelTarget, resolve
from tailor_lab.settings import Settings, shipped
from tests.llm.server import Server, free_port

ASK = [{"role": "user", "content": "The ward was busy."}]
TOKEN = "team-token-0123456789"


@pytest.fixture(autouse=True)
def _no_keys_and_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tailor_lab.llm.transport.exchange.pause_s", lambda error, attempt: 0.0)
    for provider in provider_table().providers.values():
        for name in (provider.key_variable, provider.address_variable):
            if name:
                monkeypatch.delenv(name, raising=False)


def project(folder: Path, table: str = "", **variables: str) -> Settings:
    """Settings of a project with this table, its variables in `.env`."""
    (folder / "experiments").mkdir(exist_ok=True)
    if table:
        (folder / "experiments" / "providers.yaml").write_text(table, encoding="utf-8")
    lines = (f"{name}={value}\n" for name, value in variables.items())
    (folder / ".env").write_text("".join(lines), encoding="utf-8")
    return Settings.load(folder / ".lab")


def house(server: Server, more: str = "") -> str:
    return f"providers:\n  house:\n    base_url: {server.url}\n{more}"


@pytest.mark.parametrize(
    "name",
    [
        *("openai", "anthropic", "gemini", "xai", "fireworks", "groq", "deepseek", "mistral"),
        *("openrouter", "together"),
    ],
)
def test_a_hosted_server_is_reached_with_its_key_alone(tmp_path: Path, name: str) -> None:
    variable = provider_table().providers[name].key_variable
    settings = project(tmp_path, **{str(variable): "k-0123456789"})
    target = resolve(f"{name}:some/model:free", settings)
    assert target.base_url.startswith("https://")
    assert target.model == "some/model:free"
    assert target.key is not None
    assert not target.own_network
    (tmp_path / ".env").unlink()
    with pytest.raises(WrongKeyError, match=f"Set {variable} in the environment or in .env"):
        resolve(f"{name}:m", Settings.load(tmp_path / ".lab"))


@pytest.mark.parametrize("name", ["local", "ollama", "vllm", "llamacpp", "lmstudio"])
def test_a_server_of_ones_own_needs_no_key_and_may_be_elsewhere(tmp_path: Path, name: str) -> None:
    variable = provider_table().providers[name].address_variable
    assert resolve(f"{name}:qwen3:8b", project(tmp_path)).base_url.startswith("http://localhost:")
    moved = resolve(f"{name}:m", project(tmp_path, **{str(variable): "http://gpu-box:9000/v1/"}))
    assert moved.base_url == "http://gpu-box:9000/v1"


def test_the_shipped_table_fits_its_schema_and_no_provider_lacks_an_address() -> None:
    folder = shipped("data/models")
    data = read_data_file(folder / "providers.yaml", folder / "providers.schema.json")
    for entry in data["providers"].values():
        assert "base_url" in entry or "address_variable" in entry


def test_azure_takes_its_address_from_a_variable_and_keeps_the_query(
    server: Server, tmp_path: Path
) -> None:
    host = server.url.removesuffix("/v1")
    settings = project(
        tmp_path,
        AZURE_OPENAI_ENDPOINT=f"{host}/?api-version=preview",
        AZURE_OPENAI_API_KEY="azure-key-0123",
    )
    LLM("azure:gpt-4.1-mini", settings=settings).complete(ASK)
    path, headers = server.heard[0]
    assert path == "/openai/v1/chat/completions?api-version=preview"
    assert headers["api-key"] == "azure-key-0123"
    assert headers["authorization"] == "Bearer azure-key-0123"


def test_azure_without_an_address_says_which_variable_to_set(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Set AZURE_OPENAI_ENDPOINT"):
        resolve("azure:m", project(tmp_path, AZURE_OPENAI_API_KEY="azure-key-0123"))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (" http://gpu-box:8000/v1/ ", "http://gpu-box:8000/v1"),
        ('"https://a.example/v1"', "https://a.example/v1"),
        ("HTTPS://a.example/v1//", "https://a.example/v1"),
        ("http://a.example/v1/chat/completions", "http://a.example/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
    ],
)
def test_an_address_is_read_as_it_is_meant(written: str, read: str) -> None:
    assert parse_address(written, "URL").base_url == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("gpu-box:8000/v1", "Write http://gpu-box:8000/v1"),
        ("localhost:8000/v1", "Write http://localhost:8000/v1"),
        ("api.example.com/v1", "Write https://api.example.com/v1"),
        ("ftp://a.example", "does not begin with http"),
        ("http://", "names no host"),
        ("http://a.example:port/v1", "cannot be read"),
        ("http://[::1/v1", "cannot be read"),
        ("http://a.exam ple/v1", "blanks"),
        ("   ", "is empty"),
    ],
)
def test_what_is_no_address_is_a_sentence_that_names_its_variable(
    tmp_path: Path, written: str, said: str
) -> None:
    with pytest.raises(InputError, match=said) as raised:
        parse_address(written, "OPENAI_BASE_URL")
    assert str(raised.value).startswith("OPENAI_BASE_URL")


def test_a_password_in_a_broken_address_is_not_shown() -> None:
    for written in ("u:hidden@gpu-box/v1", "http://u:hidden@a:b:c/v1", "x://u:hidden@h/?k=hidden"):
        with pytest.raises(InputError) as raised:
            parse_address(written, "URL")
        assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "127.0.0.1", "::1", "0.0.0.0", "10.1.2.3", "192.168.0.9", "172.20.0.1"),
        *("169.254.1.1", "100.64.0.1", "fd00::1", "gpu-box", "gpu.local", "a.b.internal"),
        "host.docker.internal",
    ],
)
def test_a_host_of_ones_own_is_known_as_such(host: str) -> None:
    assert is_own(host, provider_table().own_networks)


@pytest.mark.parametrize("host", ["api.openai.com", "8.8.8.8", "2606:4700::1111", "mylocal.com"])
def test_a_host_of_the_world_is_known_as_such(host: str) -> None:
    assert not is_own(host, provider_table().own_networks)


def test_headers_and_more_of_the_body_are_sent_and_shown_nowhere(
    server: Server, tmp_path: Path
) -> None:
    more = (
        '    headers: {X-Team: "${TEAM_TOKEN}", X-Plain: lab}\n'
        "    extra_body: {provider: {order: [a, b]}, temperature: 1}\n"
        "    max_tokens: 321\n"
    )
    settings = project(tmp_path, house(server, more), TEAM_TOKEN=TOKEN)
    llm = LLM("house:m", settings=settings)
    llm.complete(ASK, temperature=0)
    _, headers = server.heard[0]
    body = server.requests[0]
    assert (headers["x-team"], headers["x-plain"]) == (TOKEN, "lab")
    assert body["provider"] == {"order": ["a", "b"]}
    assert (body["temperature"], body["max_tokens"]) == (0, 321)
    shown = f"{llm!r} {llm.target!r} {settings!r} {vars(llm)} {vars(llm.target)} {vars(settings)}"
    assert TOKEN not in shown


def test_a_header_that_a_server_repeats_is_not_shown(server: Server, tmp_path: Path) -> None:
    table = house(server, '    headers: {X-Team: "${TEAM_TOKEN}"}\n')
    settings = project(tmp_path, table, TEAM_TOKEN=TOKEN)
    server.refusal = f"the header X-Team holds {TOKEN}"
    with pytest.raises(RequestRejectedError, match="the header X-Team holds") as raised:
        LLM("house:m", settings=settings).complete(ASK)
    assert TOKEN not in str(raised.value)


def test_headers_cross_into_another_process(server: Server, tmp_path: Path) -> None:
    table = house(server, '    headers: {X-Team: "${TEAM_TOKEN}"}\n')
    llm = LLM("house:m", settings=project(tmp_path, table, TEAM_TOKEN=TOKEN))
    pickle.loads(pickle.dumps(llm)).complete(ASK)
    assert server.heard[0][1]["x-team"] == TOKEN


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('    headers: {X-Team: "${NOBODY}"}\n', 'header "X-Team" needs the variable NOBODY'),
        ('    headers: {"X Team": a}\n', "'X Team' cannot name a header"),
        ('    headers: {X-Team: "a\\nb"}\n', 'header "X-Team" has a character'),
        ("    headers: {X-Team: 1}\n", "/providers/house/headers/X-Team must be a text"),
        ("    extra_body: {messages: []}\n", 'extra_body sets "messages"'),
        ("    extra_body: [1]\n", "line 4: /providers/house/extra_body must be a mapping"),
        ("    timeout: soon\n", "line 4: /providers/house/timeout must be a number of seconds"),
        ("    timeout: 0\n", "/providers/house/timeout must be 0.001 or more"),
        ("    retries: 1.5\n", "/providers/house/retries must be a whole number of attempts"),
        ("    max_tokens: 0\n", "/providers/house/max_tokens must be 1 or more"),
        ("    time_out: 3\n", "/providers/house/time_out is not a known key; known are base_url"),
    ],
)
def test_what_is_wrong_in_a_projects_table_is_said_with_its_place(
    server: Server, tmp_path: Path, more: str, said: str
) -> None:
    with pytest.raises(InputError) as raised:
        LLM("house:m", settings=project(tmp_path, house(server, more)))
    assert said in str(raised.value)
    assert "providers.yaml" in str(raised.value)


def test_an_entry_of_a_known_server_changes_only_what_it_says(tmp_path: Path) -> None:
    table = "providers: {groq: {timeout: 300, retries: 2, headers: {X-Team: lab}}}\n"
    target = resolve("groq:m", project(tmp_path, table, GROQ_API_KEY="gsk_0123456789"))
    assert target.base_url == "https://api.groq.com/openai/v1"
    assert (target.timeout_s, target.retries) == (300, 2)
    assert target.key is not None


def test_a_table_of_comments_is_empty(tmp_path: Path) -> None:
    assert resolve("ollama:m", project(tmp_path, "# nothing yet\n\n")).provider == "ollama"


def test_a_provider_without_an_address_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='"house:m": the address is not known. Write its base_url'):
        resolve("house:m", project(tmp_path, "providers: {house: {timeout: 3}}\n"))


def test_an_address_may_name_a_variable(server: Server, tmp_path: Path) -> None:
    table = 'providers: {house: {base_url: "${HOUSE_URL}"}}\n'
    LLM("house:m", settings=project(tmp_path, table, HOUSE_URL=server.url)).complete(ASK)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("table", "environment", "given", "expected"),
    [
        ("", {}, {}, (300.0, 6, None)),
        ("    timeout: 5\n    retries: 1\n    max_tokens: 7\n", {}, {}, (5.0, 1, 7)),
        (
            "    timeout: 5\n    retries: 1\n    max_tokens: 7\n",
            {"TIMEOUT": "4", "RETRIES": "0", "MAX_TOKENS": "6"},
            {},
            (4.0, 0, 6),
        ),
        (
            "    timeout: 5\n    retries: 1\n    max_tokens: 7\n",
            {"TIMEOUT": "4", "RETRIES": "0", "MAX_TOKENS": "6"},
            {"timeout": 3.0, "retries": 2, "max_tokens": 5},
            (3.0, 2, 5),
        ),
    ],
    ids=["defaults", "table", "environment", "caller"],
)
def test_the_caller_goes_before_the_environment_and_that_before_the_table(
    server: Server, tmp_path: Path, monkeypatch, table, environment, given, expected
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(f"TAILOR_LAB_{name}", value)
    llm = LLM("house:m", settings=project(tmp_path, house(server, table)), **given)
    assert (llm.timeout, llm.retries, llm.max_tokens) == expected


def test_the_prompts_own_limit_goes_before_all_and_under_any_of_its_names(
    server: Server, tmp_path: Path
) -> None:
    settings = project(tmp_path, house(server, "    max_tokens: 7\n"))
    llm = LLM("house:m", settings=settings)
    llm.complete(ASK, max_completion_tokens=90)
    assert server.requests[0]["max_completion_tokens"] == 90
    assert "max_tokens" not in server.requests[0]


def test_a_timeout_of_the_table_ends_an_attempt(server: Server, tmp_path: Path) -> None:
    server.fail_next("stall")
    settings = project(tmp_path, house(server, "    timeout: 0.1\n    retries: 0\n"))
    with pytest.raises(TimedOutError, match=r"within 0\.1 s"):
        LLM("house:m", settings=settings).complete(ASK)


def test_retries_of_the_table_are_counted(server: Server, tmp_path: Path) -> None:
    server.fail_next("500", "500")
    settings = project(tmp_path, house(server, "    retries: 2\n"))
    assert LLM("house:m", settings=settings).complete(ASK).attempts == 3


def test_what_changes_an_answer_is_part_of_its_key(server: Server, tmp_path: Path) -> None:
    from tests.llm.memory_cache import MemoryCache

    cache = MemoryCache()
    for more in ("", "    max_tokens: 5\n", "    extra_body: {top_k: 1}\n", ""):
        settings = project(tmp_path, house(server, more))
        LLM("house:m", settings=settings, cache=cache).complete(ASK)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("key", "said"),
    [("schlüssel-0123", "GROQ_API_KEY holds a character that no key has")],
)
def test_a_key_that_no_header_can_hold_is_a_sentence(tmp_path: Path, key: str, said: str) -> None:
    with pytest.raises(WrongKeyError, match=said) as raised:
        resolve("groq:m", project(tmp_path, GROQ_API_KEY=key))
    assert key not in str(raised.value)


def test_blanks_around_a_key_are_not_part_of_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GROQ_API_KEY", " gsk_0123456789\n")
    target = resolve("groq:m", project(tmp_path))
    assert target.key is not None
    assert target.key.get_secret_value() == "gsk_0123456789"


def test_a_refused_key_is_said_by_the_variable_of_that_provider(
    server: Server, tmp_path: Path
) -> None:
    server.key = "another"
    table = house(server, "    key_variable: HOUSE_KEY\n")
    with pytest.raises(WrongKeyError, match=r"Check HOUSE_KEY\.") as raised:
        LLM("house:m", settings=project(tmp_path, table, HOUSE_KEY="house-key-01")).complete(ASK)
    assert "OPENAI" not in str(raised.value)


def test_nothing_answering_is_said_by_the_variable_of_that_provider(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    settings = project(tmp_path, LLAMACPP_BASE_URL=url)
    with pytest.raises(ServerUnreachableError, match="address is set in LLAMACPP_BASE_URL"):
        LLM("llamacpp:m", settings=settings).complete(ASK)


def test_an_unknown_model_is_said_by_the_place_of_that_providers_address(
    server: Server, tmp_path: Path
) -> None:
    server.fail_next("404")
    with pytest.raises(
        UnknownModelError, match=r"base_url of house in experiments/providers\.yaml"
    ):
        LLM("house:m", settings=project(tmp_path, house(server))).complete(ASK)


def test_settings_that_were_given_another_environment_do_not_read_the_process(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "of-the-process")
    settings = Settings.load(tmp_path / ".lab", environ={"GROQ_API_KEY": "given-0123"})
    assert settings.variable("GROQ_API_KEY").get_secret_value() == "given-0123"
    assert Settings.load(tmp_path / ".lab", environ={}).variable("GROQ_API_KEY") is None


def test_a_process_variable_goes_before_the_env_file(tmp_path: Path, monkeypatch) -> None:
    settings = project(tmp_path, GROQ_API_KEY="of-the-file")
    assert settings.variable("GROQ_API_KEY").get_secret_value() == "of-the-file"
    monkeypatch.setenv("GROQ_API_KEY", "of-the-process")
    assert settings.variable("GROQ_API_KEY").get_secret_value() == "of-the-process"


def test_a_target_made_by_hand_needs_no_more_than_before() -> None:
    target = ModelTarget("house", "m", "http://u:p@gpu-box/v1?k=v")
    assert target.server == "http://gpu-box/v1"
    assert target.timeout_s is target.retries is target.max_tokens is None
