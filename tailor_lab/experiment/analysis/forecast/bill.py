"""What the missing runs of a plan take: tokens, time, and US dollars where a price is known.

The log says it where it holds runs of the same model and prompt. Else some items' prompts are
rendered and counted, and time follows from how many tokens a second the model gave before. What
nobody knows is None, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tailor_lab.errors import InputError
from tailor_lab.llm import LLM, LLMError
from tailor_lab.llm.completion import Usage
from tailor_lab.llm.estimate import expected_tokens

if TYPE_CHECKING:
    from tailor_lab.experiment.design import Variant
    from tailor_lab.experiment.plan import Bench, Cell, Plan

WORKERS = 8
_RENDERED = 10

_RUNS = """
    with asked as (
        select run_id,
            any_value(gen_ai_provider_name || ':' || gen_ai_request_model) as model,
            bool_and(cache_tier is not null) as cached,
            -- A count that a server did not give leaves the sum unknown.
            case when bool_and(gen_ai_usage_input_tokens is not null or error_type is not null)
                then sum(gen_ai_usage_input_tokens) end as input_tokens,
            case when bool_and(gen_ai_usage_output_tokens is not null or error_type is not null)
                then sum(gen_ai_usage_output_tokens) end as output_tokens
        from llm_requests
        where run_id is not null and stage is distinct from 'judge'
        group by run_id
    )
    select asked.model as model, runs.prompt_hash as prompt_hash, count(*) as runs,
        avg(runs.cost_usd) as usd,
        avg(runs.duration_ms) filter (not coalesce(asked.cached, false)) / 1000 as seconds,
        avg(asked.input_tokens) as input_tokens, avg(asked.output_tokens) as output_tokens
    from runs left join asked on runs.run_id = asked.run_id
    where runs.status = 'ok' and runs.source = 'experiment' and runs.pipeline = ?
    group by asked.model, runs.prompt_hash
"""
_PACES = """
    select gen_ai_provider_name || ':' || gen_ai_request_model as model,
        sum(gen_ai_usage_output_tokens) * 1000 / sum(duration_ms) as per_second
    from llm_requests
    where cache_tier is null and error_type is null and gen_ai_operation_name = 'chat'
        and gen_ai_usage_output_tokens > 0 and duration_ms > 0
    group by 1
"""


@dataclass(frozen=True)
class Bill:
    """What the missing runs take; None where it is not known."""

    usd: float | None
    usd_per_item: float | None
    """Of an item under every variant."""
    seconds: float | None
    """On `WORKERS` workers."""
    input_tokens: int | None
    output_tokens: int | None
    why_no_price: str | None = None
    """Why `usd` is None, and what to do."""
    why_no_time: str | None = None


@dataclass(frozen=True)
class _OneRun:
    """What a run of a variant takes."""

    usd: float | None = None
    seconds: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    why_no_price: str | None = None


def bill(plan: "Plan", bench: "Bench", left: "Sequence[Cell]") -> Bill:
    """What the cells that are `left` of a plan take."""
    rows = bench.log.sql(_RUNS, [plan.record["pipeline"]]).to_dicts()
    paces = dict(bench.log.sql(_PACES).iter_rows())
    asks = "llm" in plan.pipeline.inputs
    runs = {
        variant.name: _of_variant(plan, bench, variant, rows, paces) if asks else _computed(rows)
        for variant in plan.experiment.variants
    }
    needed = [runs[cell.variant.name] for cell in left]
    seconds = _sum(run.seconds for run in needed)
    priced = _sum(run.usd for run in runs.values())
    tokens = [_sum(getattr(run, name) for run in needed) for name in _TOKENS]
    taken, written = (None if count is None or not asks else round(count) for count in tokens)
    why = next((run.why_no_price for run in runs.values() if run.why_no_price), None)
    slow = next((v for v in plan.experiment.variants if runs[v.name].seconds is None), None)
    return Bill(
        # A price that one variant lacks leaves the whole unknown, whatever is left of it.
        usd=None if priced is None else _sum(run.usd for run in needed),
        usd_per_item=None if priced is None else priced * plan.experiment.replicates,
        seconds=None if seconds is None else seconds / WORKERS,
        input_tokens=taken,
        output_tokens=written,
        why_no_price=why if priced is None else None,
        why_no_time=(
            f"the log has no answer of {slow.model or bench.model} yet" if slow and asks else None
        ),
    )


_TOKENS = ("input_tokens", "output_tokens")


def _of_variant(
    plan: "Plan",
    bench: "Bench",
    variant: "Variant",
    rows: Sequence[Mapping[str, Any]],
    paces: Mapping[str, float],
) -> _OneRun:
    """A run of a variant: as the log has it, else as its prompt says."""
    model, client, why = variant.model or bench.model, None, None
    try:
        client = plan.client(variant, bench)
    except (InputError, LLMError) as error:
        why = str(error)
    name = model if client is None else f"{client.target.provider}:{client.target.model}"
    prompt = plan.prompts.get(variant.name)
    logged = _mean_of(rows, name, prompt.hash if prompt else None)
    # Rendering reads items, so it is done only where the log does not say.
    known = None not in (logged.usd, logged.input_tokens, logged.output_tokens)
    told = _OneRun() if known else _rendered(plan, variant, client)
    output = _known(logged.output_tokens, told.output_tokens)
    pace = paces.get(name)
    by_pace = output / pace if output is not None and pace else None
    usd = _known(logged.usd, told.usd)
    if usd is None and client is not None:
        why = client.target.no_price if output is not None else None
    return _OneRun(
        usd,
        _known(logged.seconds, by_pace),
        _known(logged.input_tokens, told.input_tokens),
        output,
        why if usd is None else None,
    )


def _mean_of(rows: Sequence[Mapping[str, Any]], model: str, prompt_hash: str | None) -> _OneRun:
    """The mean run of the same model and prompt, else of the same model."""
    same = [row for row in rows if row["model"] == model]
    exact = [row for row in same if row["prompt_hash"] == prompt_hash]
    some = exact or same
    usd, seconds, taken, written = (_mean(some, name) for name in ("usd", "seconds", *_TOKENS))
    return _OneRun(usd, seconds, taken, written)


def _computed(rows: Sequence[Mapping[str, Any]]) -> _OneRun:
    """A run that asks no model."""
    return _OneRun(seconds=_mean(rows, "seconds"))


def _rendered(plan: "Plan", variant: "Variant", client: LLM | None) -> _OneRun:
    """A run by what some items' prompts would say."""
    prompt = plan.prompts.get(variant.name)
    cells = [cell for cell in plan.cells if cell.variant.name == variant.name][:_RENDERED]
    if prompt is None or not cells:
        return _OneRun()
    try:
        requests = [
            request
            for cell in cells
            for request in plan.workload.requests(cell.item.values, prompt, variant.assignment)
        ]
    except (InputError, LLMError):
        return _OneRun()
    if not requests:
        return _OneRun()
    taken, written = expected_tokens(requests, client)
    usd = None if client is None else client.target.cost_usd(Usage(taken, written))
    count = len(cells)
    return _OneRun(
        None if usd is None else usd / count,
        None,
        taken / count,
        written / count,
    )


def _mean(rows: Sequence[Mapping[str, Any]], name: str) -> float | None:
    """The mean over the runs of these rows; None where one of them does not say."""
    if not rows or any(row[name] is None for row in rows):
        return None
    count = sum(row["runs"] for row in rows)
    return float(sum(row[name] * row["runs"] for row in rows) / count)


def _known(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _sum(values: Any) -> float | None:
    found = list(values)
    return None if None in found else float(sum(found))
