"""The tailoring pipeline: from a résumé and a posting to a tailored résumé with its evidence.

    validate → (requirements ‖ profile ‖ context) → (score_before ‖ rewrite → settle)
             → (score_after ‖ facts ‖ diff) → result

The rewriting stage asks a model for edits, and settling may ask it again (see `findings`);
everything else is deterministic. The posting is analysed once, so that both scores share one
denominator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError, TailorLabError
from tailor_lab.llm import LLM, Completion, Prompt
from tailor_lab.llm.completion import plus
from tailor_lab.llm.prompting.prompts import Messages
from tailor_lab.pipeline import Pipeline, Run, stage
from tailor_lab.tailoring.asking import AskedRewrite, Rewritten, Settled, Validated, prompt_values
from tailor_lab.tailoring.context import Context, context_of
from tailor_lab.tailoring.documents.load import load_resume
from tailor_lab.tailoring.edits import MODES, Change, Mode
from tailor_lab.tailoring.facts import FactsReport, verify
from tailor_lab.tailoring.findings import (
    MOST_REPAIRS,
    Policy,
    asked_again,
    check_policy,
    refuse,
    revert,
)
from tailor_lab.tailoring.item_schema import MOST_EDITS, SchemaKind, check_schema
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.posting.job import load_job
from tailor_lab.tailoring.posting.requirement import Requirement
from tailor_lab.tailoring.result import TailoredResume
from tailor_lab.tailoring.scoring.scorer import Score, score
from tailor_lab.tailoring.sources import trace
from tailor_lab.tailoring.text_quality import text_flaws, unscored

DEFAULT_PROMPT = "grounded"
Source = str | Path | Mapping[str, Any]


def validate(
    resume: Source,
    job: Source,
    findings: Policy = "warn",
    knowledge: Knowledge | None = None,
) -> Validated:
    """Reads both documents. Raises `InputError` for what is not a résumé or not a posting.

    What follows uses the same `knowledge`, by default a loaded job's own or that of the current
    settings.
    """
    check_policy(findings)
    known = opened(knowledge or getattr(job, "knowledge", None))
    return Validated(load_resume(resume, knowledge=known), load_job(job, knowledge=known), known)


def requirements(validate: Validated) -> tuple[Requirement, ...]:
    """What the posting asks for."""
    return validate.job.requirements


def profile(validate: Validated) -> list[dict[str, str]]:
    """What the résumé says, line by line, each under an id that an edit can cite."""
    return [
        {"id": f"f{number}", "path": line.path, "text": line.text}
        for number, line in enumerate(validate.resume.lines(), start=1)
        if not line.path.startswith("/basics/") or line.path == "/basics/summary"
    ]


def context(
    validate: Validated,
    prompt: Prompt,
    mode: Mode = "partial",
    layers: Sequence[str] | None = None,
) -> Context:
    """What kind of job it is, and which layers of the prompt that selects."""
    return context_of(
        validate.resume, validate.job, prompt, validate.knowledge, mode=mode, layers=layers
    )


@stage(after=["requirements"])
def score_before(validate: Validated) -> Score:
    """How well the source matches."""
    return score(validate.resume, validate.job, knowledge=validate.knowledge)


def rewrite(
    validate: Validated,
    requirements: tuple[Requirement, ...],
    profile: list[dict[str, str]],
    context: Context,
    llm: LLM,
    prompt: Prompt,
    mode: Mode = "partial",
    replicate: int = 0,
    schema: SchemaKind = "item",
    max_edits: int = MOST_EDITS,
) -> Rewritten:
    """Asks the model for edits and makes those that the mode permits."""
    if mode not in MODES:
        raise InputError(f"mode is {mode!r}; use {' or '.join(MODES)}.")
    check_schema(schema, max_edits)
    values = prompt_values(validate, requirements, profile, mode, context, max_edits=max_edits)
    messages = prompt.render(**values)
    facts, wanted = (
        [each["id"] for each in values[key] or ()] for key in ("facts", "requirements")
    )
    asked = AskedRewrite(mode, schema, max_edits, tuple(facts), tuple(wanted))
    source = validate.resume
    completion = llm.complete(
        messages, asked.schema_for(source), replicate=replicate, **prompt.parameters
    )
    edited = asked.edited(source, completion)
    return Rewritten(replace(source, data=edited.data), edited, completion, messages, asked)


def settle(
    validate: Validated,
    rewrite: Rewritten,
    llm: LLM,
    prompt: Prompt,
    mode: Mode = "partial",
    replicate: int = 0,
    findings: Policy = "warn",
) -> Settled:
    """Does about unsupported claims what the policy says; `warn` leaves the answer as it is.

    Raises `FindingsError` under `fail` where a claim blocks.
    """
    source, job, known = validate.resume, validate.job, validate.knowledge
    if findings == "warn":
        flaws = text_flaws(source, rewrite.edited)
        return Settled(rewrite.resume, rewrite.edited, flaws=flaws)
    report = first = verify(source, rewrite.resume, job=job, knowledge=known)
    edited, messages, answer = rewrite.edited, rewrite.messages, rewrite.completion.text
    completions: list[Completion] = []
    if findings == "fail":
        refuse(report)
        return Settled(rewrite.resume, edited, report.flagged, flaws=text_flaws(source, edited))
    while findings == "repair" and report.flagged and len(completions) < MOST_REPAIRS:
        messages = asked_again(messages, answer, edited, report.flagged)
        completion = llm.complete(
            messages, rewrite.asked.schema_for(source), replicate=replicate, **prompt.parameters
        )
        completions.append(completion)
        answer = completion.text
        edited = rewrite.asked.edited(source, completion)
        report = verify(source, edited.data, job=job, knowledge=known)
    edited, reverted = revert(source, job, edited, mode, known)
    resume, flaws = replace(source, data=edited.data), text_flaws(source, edited)
    return Settled(resume, edited, first.flagged, tuple(completions), reverted, flaws)


def request(
    resume: Source,
    job: Source,
    prompt: Prompt,
    *,
    mode: Mode = "partial",
    layers: Sequence[str] | None = None,
    knowledge: Knowledge | None = None,
    max_edits: int = MOST_EDITS,
) -> Messages:
    """What the model would be sent for an item; nothing is sent."""
    read = validate(resume, job, knowledge=knowledge)
    told = context(read, prompt, mode, layers)
    values = prompt_values(read, requirements(read), profile(read), mode, told, max_edits=max_edits)
    return prompt.render(**values)


def score_after(validate: Validated, settle: Settled) -> Score:
    """How well the tailored résumé matches, if all that it says were true.

    What it says again earns nothing.
    """
    again = unscored(settle.flaws)
    return score(settle.resume, validate.job, knowledge=validate.knowledge, unsupported=again)


def facts(validate: Validated, settle: Settled) -> FactsReport:
    """What of the tailored résumé its source supports."""
    return verify(validate.resume, settle.resume, job=validate.job, knowledge=validate.knowledge)


def diff(settle: Settled) -> tuple[Change, ...]:
    """Where the tailored résumé differs from its source."""
    return settle.edited.changes


def result(
    validate: Validated,
    requirements: tuple[Requirement, ...],
    profile: list[dict[str, str]],
    context: Context,
    score_before: Score,
    rewrite: Rewritten,
    settle: Settled,
    score_after: Score,
    facts: FactsReport,
    diff: tuple[Change, ...],
    prompt: Prompt,
    mode: Mode = "partial",
    findings: Policy = "warn",
    target_score: float | None = None,
    resume_id: str | None = None,
    job_id: str | None = None,
) -> TailoredResume:
    """Everything together; unsupported claims get no credit in the score."""
    unsupported = [claim for claim in facts.flagged if claim.verdict != "supported"]
    known = validate.knowledge
    verified = score(
        settle.resume,
        validate.job,
        knowledge=known,
        unsupported=[*unsupported, *unscored(settle.flaws)],
    )
    completion = rewrite.completion
    completions = (completion, *settle.completions)
    costs = [each.cost_usd for each in completions]
    before = set(score_before.missing)
    sources = trace(
        validate.resume,
        settle.edited.data,
        diff,
        knowledge=known,
        claims=facts.claims,
        ledger=profile if context.on("facts") else (),
        requirements=(requirement.id for requirement in requirements),
    )
    return TailoredResume(
        resume=settle.edited.data,
        mode=mode,
        policy=findings,
        score_before=score_before.value,
        score_after=verified.verified,
        score_after_raw=score_after.value,
        target_score=target_score,
        confidence=facts.confidence,
        claims=facts.claims,
        diff=diff,
        context=context,
        sources=sources,
        keywords_added=tuple(sorted(before - set(verified.missing))),
        warnings=(
            *validate.resume.warnings,
            *context.notes,
            *dict.fromkeys(
                (*(note for each in completions for note in each.notes), *settle.edited.notes)
            ),
            *settle.edited.refused,
            *map(str, settle.flaws),
            *map(str, settle.reverted),
            *(str(citation) for citation in sources.citations),
            *(str(claim) for claim in facts.flagged),
        ),
        model=completion.model,
        prompt=prompt.name,
        prompt_hash=prompt.hash,
        input_tokens=plus(*(each.usage.input_tokens for each in completions)),
        output_tokens=plus(*(each.usage.output_tokens for each in completions)),
        cost_usd=sum(cost for cost in costs if cost is not None) if None not in costs else None,
        cached=all(each.cached for each in completions),
        findings=facts.flagged if settle.findings is None else settle.findings,
        repairs=len(settle.completions),
        reverted=settle.reverted,
        refused=settle.edited.refused,
        flaws=settle.flaws,
        resume_id=resume_id,
        job_id=job_id or validate.job.id,
    )


def tailoring_pipeline(knowledge: Knowledge | None = None) -> Pipeline:
    """The stages of this module as a pipeline; it takes `resume`, `job`, `llm` and `prompt`.

    `knowledge` is bound to it; without, each item is read by that of the current settings.
    """
    bound = {} if knowledge is None else {"knowledge": knowledge}
    return Pipeline(
        [
            validate,
            requirements,
            profile,
            context,
            score_before,
            rewrite,
            settle,
            score_after,
            facts,
            diff,
            result,
        ],
        **bound,
    )


def tailor(
    resume: Source,
    job: Source,
    *,
    mode: Mode = "partial",
    llm: LLM | None = None,
    prompt: Prompt | str = DEFAULT_PROMPT,
    target_score: float | None = None,
    layers: Sequence[str] | None = None,
    findings: Policy = "warn",
    knowledge: Knowledge | None = None,
    schema: SchemaKind = "item",
    max_edits: int = MOST_EDITS,
    n_jobs: int | None = None,
) -> TailoredResume:
    """Tailors one résumé to one posting, without an experiment or a log.

    `resume` and `job` are paths, texts or mappings; `layers` are those to use of the prompt's
    layers of context, None for all; `findings` is what is done about unsupported claims: `warn`,
    `repair`, `revert` or `fail`. Raises `InputError` for input that cannot be read, `LLMError`
    where the model cannot be reached, `FindingsError` under the policy `fail`, and `StageError`
    for what else fails.
    `schema` is what the model is sent: `item`, made of this résumé's places, or `free`; `max_edits`
    is how many edits are asked for at most.
    `llm` is the client, by default the built-in offline model. `knowledge` is that by which both
    are read, scored and checked: by default a loaded job's own or that of the current settings.
    """
    inputs = {
        "resume": resume,
        "job": job,
        "mode": mode,
        "llm": llm or LLM(),
        "prompt": prompt if isinstance(prompt, Prompt) else Prompt.load(prompt),
        "target_score": target_score,
        "layers": layers,
        "findings": findings,
        "schema": schema,
        "max_edits": max_edits,
    }
    return finished(tailoring_pipeline(knowledge).run(inputs, n_jobs=n_jobs))


def finished(run: Run) -> TailoredResume:
    """The result of a run with its times; what went wrong is raised as it was where it says more.

    A run that was answered from the cache keeps the duration of the call that made the answer.
    """
    if run.error is not None:
        cause = run.error.__cause__
        raise cause if isinstance(cause, TailorLabError) else run.error
    tailored: TailoredResume = run["result"]
    return replace(tailored, duration_ms=duration_ms(run), performance=run.performance)


def duration_ms(run: Run) -> float:
    """How long the operation takes a user: its wall time, with a cached call at its original."""
    rewritten: Rewritten = run["rewrite"]
    settled: Settled = run["settle"]
    calls = (rewritten.completion, *settled.completions)
    waited = sum(call.seconds for call in calls if call.cached)
    return (run.performance.critical_path_s + waited) * 1000
