"""The openai client for a target: with its key, headers and query, over HTTP or to a function.

The offline model and installed functions answer beneath the same client as a server does, so that
one code path serves all.
"""

from typing import TYPE_CHECKING

from tailor_lab.llm.providers import OFFLINE, ModelTarget

if TYPE_CHECKING:
    import httpx2
    import openai


def connect(target: ModelTarget, *, latency_ms: float = 0.0) -> "openai.OpenAI":
    """A client for `target`; `latency_ms` is what the offline model simulates.

    Raises `InputError` where an installed function cannot be loaded.
    """
    import httpx2
    import openai

    transport = _transport(target, latency_ms)
    key = target.key
    return openai.OpenAI(
        # The client wants a key even where the server wants none.
        api_key=key.get_secret_value() if key else "none",
        base_url=target.base_url,
        max_retries=0,
        default_headers={k: v.get_secret_value() for k, v in target.headers.items()},
        default_query=dict(target.query),
        http_client=httpx2.Client(transport=transport) if transport else None,
    )


def _transport(target: ModelTarget, latency_ms: float) -> "httpx2.BaseTransport | None":
    if target.provider == OFFLINE:
        from tailor_lab.llm.offline.transport import OfflineTransport

        return OfflineTransport(latency_ms=latency_ms)
    if target.is_function:
        from tailor_lab.llm.provider_functions import provider_function
        from tailor_lab.llm.transport.function import FunctionTransport

        return FunctionTransport(target.provider, provider_function(target.provider))
    return None
