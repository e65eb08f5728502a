"""The tables of the log: the one place that says which columns there are and what they hold.

The DDL, the validation of rows and the types with which segments are read all follow from here.
Names follow OpenTelemetry's GenAI conventions where those name the thing, with `_` for `.`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 4


class Kind(msgspec.Struct, frozen=True):
    """How a column's values are called in SQL and in Python."""

    sql: str
    python: Any


TEXT = Kind("VARCHAR", str)
NUMBER = Kind("DOUBLE", float)
COUNT = Kind("BIGINT", Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)])
FLAG = Kind("BOOLEAN", bool)
TIME = Kind("TIMESTAMP", datetime)
"""In UTC; a time with a zone is converted, one without is taken as UTC."""
TEXTS = Kind("VARCHAR[]", list[str])
RECORD = Kind("JSON", str)
"""Any JSON-like value; it travels and is stored as JSON text."""
BYTES = Kind("BLOB", bytes)


@dataclass(frozen=True)
class Table:
    """A table of facts that are only ever appended."""

    name: str
    columns: Mapping[str, Kind]
    time: str = "recorded_at"
    """The column that is filled with the time of recording where a row does not bring it."""

    @cached_property
    def definition(self) -> str:
        """Its columns as `create table` wants them."""
        return ", ".join(f'"{name}" {kind.sql}' for name, kind in self.columns.items())

    @cached_property
    def arrow(self) -> "pa.Schema":
        """Its columns as Arrow types; JSON is text."""
        import pyarrow as pa

        kinds = {
            "VARCHAR": pa.large_string(),
            "DOUBLE": pa.float64(),
            "BIGINT": pa.int64(),
            "BOOLEAN": pa.bool_(),
            "TIMESTAMP": pa.timestamp("us"),
            "VARCHAR[]": pa.large_list(pa.large_string()),
            "JSON": pa.large_string(),
            "BLOB": pa.large_binary(),
        }
        return pa.schema([(name, kinds[kind.sql]) for name, kind in self.columns.items()])

    @cached_property
    def times(self) -> tuple[str, ...]:
        """The columns that hold times."""
        return tuple(name for name, kind in self.columns.items() if kind is TIME)

    @cached_property
    def records(self) -> tuple[str, ...]:
        """The columns that hold JSON."""
        return tuple(name for name, kind in self.columns.items() if kind is RECORD)

    @cached_property
    def blobs(self) -> tuple[str, ...]:
        """The columns that hold bytes."""
        return tuple(name for name, kind in self.columns.items() if kind is BYTES)

    @cached_property
    def row(self) -> type[msgspec.Struct]:
        """A struct that a row must fit; what is not given is null."""
        fields = [(name, kind.python | None, None) for name, kind in self.columns.items()]
        return msgspec.defstruct(
            self.name, fields, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
        )


def _table(name: str, time: str, **columns: Kind) -> Table:
    return Table(name, columns, time)


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _table(
            "runs",
            "recorded_at",
            run_id=TEXT,
            recorded_at=TIME,
            started_at=TIME,
            experiment=TEXT,
            plan_hash=TEXT,
            cell=TEXT,
            variant=TEXT,
            item_id=TEXT,
            item_hash=TEXT,
            cluster=TEXT,
            replicate=COUNT,
            status=TEXT,
            error_type=TEXT,
            error=TEXT,
            source=TEXT,
            pipeline=TEXT,
            mode=TEXT,
            user_id=TEXT,
            resume_id=TEXT,
            job_id=TEXT,
            score_before=NUMBER,
            score_after=NUMBER,
            improvement=NUMBER,
            target_score=NUMBER,
            target_met=FLAG,
            confidence=NUMBER,
            warnings=TEXTS,
            diff_count=COUNT,
            keywords_added=TEXTS,
            claims=COUNT,
            unsupported_claims=COUNT,
            tokens_used=COUNT,
            input_tokens=COUNT,
            output_tokens=COUNT,
            cost_usd=NUMBER,
            duration_ms=NUMBER,
            cached=FLAG,
            model=TEXT,
            prompt=TEXT,
            prompt_hash=TEXT,
            code_version=TEXT,
            output_ref=TEXT,
            attributes=RECORD,
        ),
        _table(
            "stages",
            "started_at",
            run_id=TEXT,
            stage=TEXT,
            status=TEXT,
            started_at=TIME,
            duration_ms=NUMBER,
            attempts=COUNT,
            error_type=TEXT,
            error=TEXT,
        ),
        _table(
            "scores",
            "recorded_at",
            run_id=TEXT,
            recorded_at=TIME,
            experiment=TEXT,
            plan_hash=TEXT,
            cell=TEXT,
            variant=TEXT,
            item_id=TEXT,
            metric=TEXT,
            kind=TEXT,
            value=NUMBER,
            label=TEXT,
        ),
        _table(
            "llm_requests",
            "at",
            run_id=TEXT,
            stage=TEXT,
            at=TIME,
            duration_ms=NUMBER,
            gen_ai_operation_name=TEXT,
            gen_ai_provider_name=TEXT,
            gen_ai_request_model=TEXT,
            gen_ai_response_model=TEXT,
            gen_ai_response_id=TEXT,
            gen_ai_output_type=TEXT,
            gen_ai_request_temperature=NUMBER,
            gen_ai_request_top_p=NUMBER,
            gen_ai_request_max_tokens=COUNT,
            gen_ai_request_seed=COUNT,
            gen_ai_request_stream=FLAG,
            gen_ai_response_finish_reasons=TEXTS,
            gen_ai_response_time_to_first_chunk=NUMBER,
            gen_ai_usage_input_tokens=COUNT,
            gen_ai_usage_output_tokens=COUNT,
            gen_ai_usage_cache_read_input_tokens=COUNT,
            gen_ai_usage_reasoning_output_tokens=COUNT,
            server_address=TEXT,
            cache_tier=TEXT,
            cost_usd=NUMBER,
            prompt=TEXT,
            prompt_hash=TEXT,
            attempt=COUNT,
            replicate=COUNT,
            error_type=TEXT,
            http_status=COUNT,
            content_ref=TEXT,
            request_ref=TEXT,
            reply_ref=TEXT,
        ),
        _table(
            "cache_requests",
            "at",
            run_id=TEXT,
            stage=TEXT,
            at=TIME,
            namespace=TEXT,
            key=TEXT,
            outcome=TEXT,
            tier=TEXT,
            bytes=COUNT,
            duration_ms=NUMBER,
            saved_usd=NUMBER,
            saved_ms=NUMBER,
        ),
        _table(
            "events",
            "at",
            event=TEXT,
            at=TIME,
            run_id=TEXT,
            user_id=TEXT,
            resume_id=TEXT,
            session_id=TEXT,
            value=NUMBER,
            attributes=RECORD,
        ),
        _table(
            "experiments",
            "recorded_at",
            experiment=TEXT,
            plan_hash=TEXT,
            recorded_at=TIME,
            plan=RECORD,
        ),
        _table(
            "moments",
            "recorded_at",
            experiment=TEXT,
            metric=TEXT,
            variant=TEXT,
            segment_by=TEXT,
            segment=TEXT,
            recorded_at=TIME,
            counted_until=TIME,
            look=COUNT,
            n=COUNT,
            mean=NUMBER,
            squares=NUMBER,
        ),
        _table(
            "contents",
            "at",
            ref=TEXT,
            at=TIME,
            characters=COUNT,
            data=BYTES,
        ),
    )
}
