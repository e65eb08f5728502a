"""What the log keeps of each request to a model and to the cache."""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from tailor_lab.cache import CacheRequest
from tailor_lab.llm import Attempt
from tailor_lab.pipeline import current
from tailor_lab.runlog import RunLog


def record_attempt(log: RunLog, attempt: Attempt) -> None:
    """Records one request to a model; what was sent and answered is kept once, by reference."""
    row = {**attempt.row(), **_run_and_stage()}
    if log.store_content:
        sent, names = _text_and_names(attempt.messages)
        row["request_ref"] = log.store(sent, names=names)
        if attempt.reply is not None:
            row["reply_ref"] = log.store(attempt.reply, names=names)
    log.record("llm_requests", row)


def record_cache_request(log: RunLog, request: CacheRequest) -> None:
    """Records one request to the cache."""
    log.record(
        "cache_requests",
        {
            **_run_and_stage(),
            "at": datetime.fromtimestamp(request.at, UTC),
            "namespace": request.namespace,
            "key": request.key,
            "outcome": request.outcome,
            "tier": request.tier,
            "bytes": request.bytes,
            "duration_ms": request.seconds * 1000,
            "saved_usd": request.saved_usd,
            "saved_ms": request.saved_seconds * 1000,
        },
    )


def _run_and_stage() -> dict[str, str]:
    """The run and stage on whose behalf this thread works, if any."""
    context = current()
    return {"run_id": context.run_id, "stage": context.stage} if context else {}


def _text_and_names(messages: Sequence[Mapping[str, Any]]) -> tuple[str, list[str]]:
    """What was sent, as text, and the names of the résumés' owners in it."""
    names = []
    for message in messages:
        for block in re.findall(r"<resume>(.*?)</resume>", str(message.get("content")), re.DOTALL):
            with suppress(json.JSONDecodeError, AttributeError):
                names.append((json.loads(block).get("basics") or {}).get("name"))
    text = json.dumps([*messages], ensure_ascii=False, default=str)
    return text, [name for name in names if isinstance(name, str)]
