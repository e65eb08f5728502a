"""Tailors a résumé to a job by rule: what the offline model answers to the schema "rewrite".

It finds which of the job's terms the résumé supports, surfaces them in skills, summary and the most
relevant highlights, and, where the instructions invite it, invents what an eager model would. Where
it knows few of the terms, it names other words that résumé and posting share. Lines on industry,
level and role change what it names and rewords first, and nothing else (see `instructions`).
Chance is seeded by the request, so that the same request has the same answer.
"""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import islice, zip_longest
from typing import Any

from tailor_lab.llm.offline.instructions import Instructions
from tailor_lab.llm.offline.shared import KNOWN, lexicon, shared_words
from tailor_lab.llm.offline.task import SECTIONS, RewriteTask
from tailor_lab.llm.offline.terms import pattern

_NUMBER = re.compile(r"(?<![\w.,$€£])(\d{1,3})(?=\s?%|\s)")
_HAS_NUMBER = re.compile(r"\d")
_WEAK_OPENING = re.compile(
    rf"^(?:was |were )?(?:{'|'.join(KNOWN['weak_opening'])})\s+", re.IGNORECASE
)
_ADDRESSED = re.compile(
    r"\b(?:ignore|disregard|system|assistant|instructions?|candidate|applicants?|résumé)\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:add|claim|state that the candidate holds|list)\b(?: that| both)?\s+"
    r"(.{2,60}?)(?=\s+to the\b|\s+to his\b|$)",
    re.IGNORECASE,
)
_SMALL_WORDS = frozenset(lexicon("stop_words")["small"]) | {"or", "i"}
_LEVELS = frozenset(lexicon("ranks")["levels"])
FEW_TERMS = 6
"""With fewer terms to name, the summary also names other words that are shared."""


def rewrite(blocks: Mapping[str, Any], told: Instructions, seed: int) -> dict[str, Any]:
    """The answer to the schema "rewrite": edits and a confidence."""
    task = RewriteTask(
        resume=blocks.get("resume") or {},
        job=blocks.get("job") or {},
        requirements=blocks.get("requirements") or [],
        facts=blocks.get("facts") or [],
        told=told,
        chance=random.Random(seed),
    )
    invented = _invented_skills(task)
    _summary(task, invented)
    _skills(task, invented)
    _highlights(task)
    if told.full:
        _reorder(task)
    share = len(task.supported) / max(len(task.wanted), 1)
    confidence = round(min(0.95, 0.45 + 0.5 * share + 0.04 * task.chance.random()), 3)
    return {"edits": _weightiest(task.edits, told.most_edits), "confidence": confidence}


def _weightiest(edits: list[dict[str, Any]], most: int | None) -> list[dict[str, Any]]:
    """As many edits as are asked for, of each kind in turn; the summary is a kind of its own."""
    if most is None or len(edits) <= most:
        return edits
    kinds: dict[tuple[str, ...], list[int]] = {}
    for at, edit in enumerate(edits):
        kind = (edit["path"].split("/")[1], edit["action"], edit["reason"])
        kinds.setdefault(kind, []).append(at)
    in_turn = (at for turn in zip_longest(*kinds.values()) for at in turn if at is not None)
    return [edits[at] for at in sorted(islice(in_turn, most))]


def correct(
    blocks: Mapping[str, Any], told: Instructions, seed: int, answered: str
) -> dict[str, Any]:
    """The last answer again; what a finding names is written as if told to stay grounded.

    It follows every finding, which a model need not do.
    """
    last = _read(answered)
    named = {(f.get("path"), f.get("value")) for f in blocks.get("findings") or ()}
    sound = rewrite(blocks, replace(told, grounded=True, include_all=False, quantify=False), seed)
    instead = {edit["path"]: edit for edit in sound["edits"] if edit["action"] == "replace"}
    edits = []
    for edit in last.get("edits") or ():
        wrong = (edit.get("path"), edit.get("value")) in named
        if not wrong:
            edits.append(edit)
        elif edit.get("action") == "replace" and edit["path"] in instead:
            edits.append(instead[edit["path"]])
    return {"edits": edits, "confidence": last.get("confidence", sound["confidence"])}


def _read(answered: str) -> dict[str, Any]:
    try:
        value = json.loads(answered)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _invented_skills(task: RewriteTask) -> list[str]:
    """The unsupported skills that this answer will claim."""
    if task.told.grounded:
        return []
    if task.told.include_all:
        return task.missing[:8]
    return task.missing[: task.chance.choice((0, 1, 1, 2))] if task.told.careless else []


def _summary(task: RewriteTask, invented: list[str]) -> None:
    basics = task.resume.get("basics") or {}
    old = str(basics.get("summary") or "").strip()
    opening = _title(task) or next(iter(_own_titles(task)), "Professional")
    terms = _worth_naming(task, opening)
    named = [task.wording(name) for name in terms]
    if task.told.include_all:
        named += [task.wording(name) for name in invented[:4]]
    named += _also_shared(task, "\n".join([opening, *named]), FEW_TERMS - len(named))
    first = f"{opening} with experience in {_listed(named)}." if named else ""
    sentences = re.split(r"(?<=[.!?])\s+", old) if old else []
    keep = sentences[:1] if task.told.short else sentences
    kept = " ".join(_reword(task, sentence) for sentence in keep)
    new = " ".join(part for part in (first, _quoted(task), kept, _obeyed(task)) if part)
    if new and new != old:
        reason = "Opens with what the job asks for and the résumé shows."
        task.edit("/basics/summary", "replace", terms, reason, value=new)


def _quoted(task: RewriteTask) -> str:
    """The highlight that names a measure which counts in the trade, word for word, if there is one.

    Of several, the one with most of the job's terms; without a term it says nothing to this job.
    """
    measured = [
        line
        for line in task.lines
        if "/highlights/" in line.path
        and _relevant(task, line.text)
        and any(measure in line.text.casefold() for measure in task.told.measures)
    ]
    best = max(measured, key=lambda line: _weight(task, line.text), default=None)
    return f"{_reword(task, best.text).rstrip('. ')}." if best else ""


def _also_shared(task: RewriteTask, said: str, most: int) -> list[str]:
    """Other words that the entries and the posting share, where few known terms are named."""
    entries = [line.text for line in task.lines if line.path.split("/")[1] in SECTIONS]
    posting = str(task.job.get("text") or "")
    words = shared_words(entries, posting, most=20)
    return [word for word in words if not pattern(word).search(said)][: max(most, 0)]


def _worth_naming(task: RewriteTask, opening: str) -> list[str]:
    """The supported terms that the summary names.

    Told to use the job's own terms, it puts those first that no highlight shows, because the
    summary is the only prose that names them; else it takes them as the job lists them.
    """
    terms = [name for name in task.supported if name not in task.vocabulary.found(opening)]
    if task.told.own_terms:
        highlights = (line.text for line in task.lines if "/highlights/" in line.path)
        shown = task.vocabulary.found("\n".join(highlights))
        terms.sort(key=lambda name: name in shown and name not in task.first)
    most = 8 if task.told.own_terms else 6
    return terms[: 3 if task.told.short else most]


def _obeyed(task: RewriteTask) -> str:
    """What an order hidden in the posting makes a model say that was told nothing about truth."""
    if task.told.grounded:
        return ""
    for sentence in re.split(r"[.!\n]+", str(task.job.get("text") or "")):
        order = _ORDER.search(sentence) if _ADDRESSED.search(sentence) else None
        if order:
            claim = order.group(1).strip(" \"'”“:;,")
            return f"Holds {claim}." if claim else ""
    return ""


def _title(task: RewriteTask) -> str:
    """The job's title where the résumé supports it, or where the instructions do not mind."""
    title = re.split(r"\s[-–|(,]", str(task.job.get("title") or ""))[0].strip()
    words = {w.casefold() for w in re.findall(r"[\w+#./-]+", title)} - _SMALL_WORDS
    if not words:
        return ""
    if task.told.match_title and not task.told.grounded:
        return title
    own = [set(re.findall(r"[\w+#./-]+", text.casefold())) for text in _own_titles(task)]
    if any(words <= held for held in own):
        return title
    only_level = any(words - held <= _LEVELS for held in own)
    tempted = not task.told.grounded and only_level
    return title if tempted and task.chance.random() < 0.3 else ""


def _own_titles(task: RewriteTask) -> list[str]:
    basics = task.resume.get("basics") or {}
    titles = [basics.get("label"), *(e.get("position") for e in task.resume.get("work") or ())]
    return [str(title).strip() for title in titles if title]


def _skills(task: RewriteTask, invented: list[str]) -> None:
    groups = task.resume.get("skills") or []
    listed: set[str] = set()
    for i, group in enumerate(groups):
        keywords = [str(word) for word in group.get("keywords") or ()]
        names = [next(iter(task.vocabulary.found(word)), None) for word in keywords]
        listed |= {name for name in names if name}
        wanted = [(j, name) for j, name in enumerate(names) if name and name in task.supported]
        wanted.sort(key=lambda item: item[1] not in task.first)
        for front, (j, name) in enumerate(wanted):
            path = f"/skills/{i}/keywords/{j}"
            if j != front:
                task.edit(path, "move", [name], "The job asks for it.", to=front)
            job_way = task.wording(name)
            plain = keywords[j].casefold() in {s.casefold() for s in task.vocabulary.terms[name]}
            if task.told.own_terms and plain and job_way.casefold() != keywords[j].casefold():
                task.edit(path, "replace", [name], "The job's own term.", value=job_way)
    shown = [name for name in task.supported if name not in listed]
    for name in shown[: 3 if task.told.short else 6]:
        reason = "Shown in the résumé, not yet among the skills."
        task.edit("/skills/0/keywords/-", "add", [name], reason, value=task.wording(name))
    for name in invented:
        reason = "The job asks for it."
        task.edit("/skills/0/keywords/-", "add", [name], reason, value=task.wording(name))


def _highlights(task: RewriteTask) -> None:
    ranked = sorted(
        (line for line in task.lines if "/highlights/" in line.path),
        key=lambda line: (-_weight(task, line.text), _place(task, line.path)),
    )
    changed = 0
    for line in ranked:
        if changed >= (3 if task.told.short else 6):
            return
        new = _reword(task, line.text)
        new = _eager(task, new)
        if new != line.text:
            terms = _relevant(task, line.text)
            task.edit(line.path, "replace", terms, "Nearer to the job's wording.", value=new)
            changed += 1


def _weight(task: RewriteTask, text: str) -> float:
    """How much a highlight matters: a point for each term, half for the trade's verb or measure."""
    folded = text.casefold()
    verb = any(folded.startswith(verb) for verb in task.told.verbs)
    measure = any(measure in folded for measure in task.told.measures)
    return len(_relevant(task, text)) + 0.5 * verb + 0.5 * measure


def _place(task: RewriteTask, path: str) -> int:
    """Where the section of a path stands among those to look in first."""
    sections, section = task.told.sections, path.split("/")[1]
    return sections.index(section) if section in sections else len(sections)


def _relevant(task: RewriteTask, text: str) -> list[str]:
    here = task.vocabulary.found(text)
    return [name for name in task.supported if name in here]


def _reword(task: RewriteTask, text: str) -> str:
    """The text with the job's spellings for terms that it already holds."""
    if not task.told.own_terms:
        return text
    for name in _relevant(task, text):
        job_way = task.wanted[name]
        if pattern(job_way).search(text):
            continue
        for spelling in task.vocabulary.terms[name]:
            new = pattern(spelling).sub(job_way.replace("\\", r"\\"), text, count=1)
            if new != text:
                text = new
                break
    return text


def _eager(task: RewriteTask, text: str) -> str:
    """What an eager model does to a highlight: verbs, numbers, inflation, as far as invited."""
    told = task.told
    if told.grounded:
        return text
    weak = _WEAK_OPENING.match(text)
    if told.strong_verbs and weak:
        text = f"Led {text[weak.end() :]}"
    if told.quantify and not _HAS_NUMBER.search(text):
        share = task.chance.choice((15, 20, 25, 30, 35, 40))
        text = f"{text.rstrip('. ')}, improving results by {share}%."
    elif told.careless and _NUMBER.search(text) and task.chance.random() < 0.12:
        text = _NUMBER.sub(lambda m: str(round(int(m.group(1)) * 1.5) + 1), text, count=1)
    return text


def _reorder(task: RewriteTask) -> None:
    """Full mode: the most relevant highlights first; the least relevant of many is dropped."""
    for section in SECTIONS:
        for i, entry in enumerate(task.resume.get(section) or ()):
            texts = [str(text) for text in entry.get("highlights") or ()]
            order = sorted(range(len(texts)), key=lambda j: -_weight(task, texts[j]))
            for to, j in enumerate(order):
                if texts[j : j + 1] and to < j and _relevant(task, texts[j]):
                    path = f"/{section}/{i}/highlights/{j}"
                    task.edit(path, "move", [], "More relevant to the job.", to=to)
            last = order[-1] if order else 0
            bare = order and not _relevant(task, texts[last])
            if len(texts) > 3 and bare and not _HAS_NUMBER.search(texts[last]):
                path = f"/{section}/{i}/highlights/{last}"
                task.edit(path, "remove", [], "Says nothing that the job asks for.")


def _listed(words: list[str]) -> str:
    """The words as a list in a sentence.

    >>> _listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
