"""Parameters of a model: whose goes before whose, and which may not be set.

What a parameter means is the server's affair; here is only known what the client fills in itself,
and which names mean the same.
"""

import json
from collections.abc import Mapping
from typing import Any

LONGEST_ANSWER = ("max_tokens", "max_completion_tokens", "max_output_tokens")
"""Names of one limit: a server that is sent two of them refuses the request."""
_ELSEWHERE: Mapping[str, str] = {
    "model": "it is the variant's model",
    "messages": "they come from the prompt",
    "input": "it comes from the prompt",
    "stream": "the client decides it",
    "stream_options": "the client decides it",
    "response_format": "it comes from what the stage asks for",
    "timeout": "give it with --timeout, or in experiments/providers.yaml",
}
"""What is no parameter of a model, and where it comes from."""


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of several layers, each going before those that precede it.

    None takes a parameter out.

    >>> merged({"max_tokens": 600, "temperature": 0}, {"max_completion_tokens": 900})
    {'temperature': 0, 'max_completion_tokens': 900}
    >>> merged({"temperature": 0}, {"temperature": None})
    {}
    """
    found: dict[str, Any] = {}
    for layer in layers:
        if any(name in layer for name in LONGEST_ANSWER):
            found = {k: v for k, v in found.items() if k not in LONGEST_ANSWER}
        found |= layer
    return {name: value for name, value in found.items() if value is not None}


def refused(params: object) -> str | None:
    """Why these cannot be the parameters of a model, as what follows "params"; None if they can.

    >>> refused({"temperature": 0.2})
    >>> refused({"model": "x"})
    'sets "model", which is no parameter: it is the variant\\'s model'
    """
    if not isinstance(params, Mapping):
        return f"is a {type(params).__name__}; give names and values, as in {{temperature: 0.2}}"
    for name, value in params.items():
        if not isinstance(name, str) or not name.strip():
            return f"has {name!r} for a name; give names and values, as in {{temperature: 0.2}}"
        if name in _ELSEWHERE:
            return f'sets "{name}", which is no parameter: {_ELSEWHERE[name]}'
        try:
            json.dumps(value, allow_nan=False)
        except (TypeError, ValueError):
            return f'sets "{name}" to {value!r}, which cannot be sent as JSON'
    return None
