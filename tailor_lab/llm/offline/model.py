"""Answers requests of the OpenAI protocol without a network, always the same way.

`answer` maps a path and a JSON body to a status and a JSON body. A chat completion that asks for
the schema "rewrite" is answered by `rewrite`, which follows the instructions listed in
`instructions`, and by `correct` where a block holds findings about its last answer, both in the
`shape` that the schema has; "preference" and "rubric" by `judge`; any other schema, or none, by
`generic`, which extracts. Tokens are estimated at four characters each, rounded up, plus four for
each message, close to what byte-pair encodings make of English prose.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tailor_lab.llm.offline.generic import fill, summarise
from tailor_lab.llm.offline.instructions import Instructions
from tailor_lab.llm.offline.judge import prefer, rubric
from tailor_lab.llm.offline.rewrite import correct, rewrite
from tailor_lab.llm.offline.shape import shaped

MODEL = "offline"
_WORDED_SCHEMA = re.compile(r"JSON schema, named (\w+):\n(\{.*\})$", re.MULTILINE)
_BLOCK = re.compile(r"<([a-z][a-z0-9_]*)>\n(.*?)\n</\1>", re.DOTALL)


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: a token for every four characters.

    >>> estimate_tokens("Built and ran it.")
    5
    """
    return -(-len(text) // 4)


def estimate_message_tokens(messages: Sequence[Mapping[str, Any]]) -> int:
    """About how many tokens a list of messages has."""
    return sum(4 + estimate_tokens(content_text(m.get("content"))) for m in messages)


def answer(path: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    """Status and body for a request to `path`, such as "/v1/chat/completions"."""
    if path.endswith("/models"):
        return 200, {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0}]}
    if path.endswith("/chat/completions"):
        if not isinstance(body.get("messages"), list) or not body["messages"]:
            return problem(400, '"messages" is missing or empty')
        return 200, chat_completion(body)
    if path.endswith("/responses"):
        return (200, response(body)) if body.get("input") else problem(400, '"input" is missing')
    if path.endswith("/embeddings"):
        return (200, embeddings(body)) if body.get("input") else problem(400, '"input" is missing')
    return problem(404, f"there is no {path}; this server knows /v1/chat/completions")


def problem(status: int, message: str) -> tuple[int, dict[str, Any]]:
    """An error as the protocol words it."""
    return status, {"error": {"message": message, "type": "invalid_request_error", "code": None}}


def seed_of(body: Mapping[str, Any]) -> int:
    """The number that stands for a request: equal for equal requests."""
    text = json.dumps(body, sort_keys=True, ensure_ascii=False)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def chat_completion(body: Mapping[str, Any]) -> dict[str, Any]:
    """A chat completion."""
    messages = body["messages"]
    wanted = body.get("response_format") or {}
    # How an answer is to be written, and how long it may be, has no say in what it says.
    content = {name: body[name] for name in body if name not in {"response_format", "max_tokens"}}
    text = reply(messages, wanted.get("json_schema") or wanted, seed_of(content))
    prompt, written = estimate_message_tokens(messages), estimate_tokens(text)
    return {
        "id": f"chatcmpl-offline-{seed_of(body):016x}",
        "object": "chat.completion",
        "created": 0,
        "model": str(body.get("model") or MODEL),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": written,
            "total_tokens": prompt + written,
        },
    }


def response(body: Mapping[str, Any]) -> dict[str, Any]:
    """A response of the Responses API."""
    given = body["input"]
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else list(given)
    if body.get("instructions"):
        messages.insert(0, {"role": "system", "content": body["instructions"]})
    seed = seed_of(body)
    text = reply(messages, (body.get("text") or {}).get("format") or {}, seed)
    taken, written = estimate_message_tokens(messages), estimate_tokens(text)
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"type": "message", "id": f"msg-{seed:016x}", "role": "assistant", "content": [part]}
    return {
        "id": f"resp-offline-{seed:016x}",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": str(body.get("model") or MODEL),
        "output": [{**message, "status": "completed"}],
        "usage": {
            "input_tokens": taken,
            "output_tokens": written,
            "total_tokens": taken + written,
        },
    }


def embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Embeddings: hashed counts of words, of unit length."""
    given = body["input"]
    texts = [given] if isinstance(given, str) else [str(text) for text in given]
    taken = sum(estimate_tokens(text) for text in texts)
    vectors = [
        {"object": "embedding", "index": i, "embedding": embed(t)} for i, t in enumerate(texts)
    ]
    return {
        "object": "list",
        "model": str(body.get("model") or MODEL),
        "data": vectors,
        "usage": {"prompt_tokens": taken, "total_tokens": taken},
    }


def embed(text: str, *, dimensions: int = 256) -> list[float]:
    """The text's words, hashed into a vector of unit length.

    Source: Weinberger et al. (2009), "Feature Hashing for Large Scale Multitask Learning".
    """
    vector = [0.0] * dimensions
    for word in re.findall(r"\w+", text.lower()):
        number = int.from_bytes(hashlib.sha256(word.encode()).digest()[:5])
        vector[number // 2 % dimensions] += 1.0 if number % 2 else -1.0
    length = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / length for x in vector]


def reply(messages: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any], seed: int) -> str:
    """The text of the answer; `wanted` is the schema asked for, with its name, or empty."""
    system = _texts(messages, {"system", "developer"})
    user = _texts(messages, {"user"})
    if not wanted.get("schema"):
        wanted = _worded_schema(system) or wanted
    name = wanted.get("name")
    if name == "rewrite":
        blocks, told = read_blocks(user), Instructions.read(system)
        answered = _texts(messages, {"assistant"}).strip()
        value: Any = (
            correct(blocks, told, seed, answered)
            if answered and "findings" in blocks
            else rewrite(blocks, told, seed)
        )
        value = shaped(value, wanted.get("schema") or {})
    elif name == "preference":
        value = prefer(read_blocks(user))
    elif name == "rubric":
        value = rubric(read_blocks(user))
    elif wanted.get("schema"):
        value = fill(wanted["schema"], system, user, seed)
    elif wanted.get("type") == "json_object":
        value = {"answer": summarise(user)}
    else:
        return summarise(user)
    return json.dumps(value, ensure_ascii=False)


def _worded_schema(system: str) -> dict[str, Any] | None:
    """The schema that the instructions ask for in words, as the client words it."""
    found = _WORDED_SCHEMA.search(system)
    return {"name": found[1], "schema": json.loads(found[2])} if found else None


def read_blocks(text: str) -> dict[str, Any]:
    """The data blocks of a message; one that holds no JSON is left out."""
    blocks: dict[str, Any] = {}
    for name, content in _BLOCK.findall(text):
        try:
            blocks[name] = json.loads(content)
        except ValueError:
            continue
    return blocks


def content_text(content: object) -> str:
    """The text of a message's content, be it a text or a list of parts."""
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return str(content or "")


def _texts(messages: Sequence[Mapping[str, Any]], roles: set[str]) -> str:
    return "\n\n".join(content_text(m.get("content")) for m in messages if m.get("role") in roles)
