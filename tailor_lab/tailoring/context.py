"""Context for a prompt, in layers: what kind of job this is selects what the model is told.

    truth → mode → industry → level → role → requirements → facts

Industry, level and role are detected in posting and résumé, each with a confidence, and choose a
*pack*: a few lines from `data/knowledge` on what counts there and what must not be claimed. A
posting chooses among packs that are written, so it can never put words of its own into them. What
is not known gets no pack, and a note says so. The front matter of a prompt says which layers it
takes and on which conditions; a variant switches them off by naming those that stay on:

    - {name: industry, prompt: layered, layers: [truth, requirements, facts, industry]}
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from tailor_lab.errors import InputError
from tailor_lab.llm import Prompt
from tailor_lab.tailoring.knowledge.base import Knowledge
from tailor_lab.tailoring.knowledge.detection import detect_industry, detect_level, title_family
from tailor_lab.tailoring.knowledge.opening import opened
from tailor_lab.tailoring.posting.job import Job
from tailor_lab.tailoring.resume import Resume
from tailor_lab.tailoring.scoring.profile import profile_of, this_month

Layer = Literal["truth", "industry", "level", "role", "requirements", "facts"]
LAYERS: tuple[Layer, ...] = get_args(Layer)
PACKED: tuple[Layer, ...] = ("industry", "level", "role")

# How often each rule alone names what the shipped postings are labelled, rounded; see
# docs/decisions/0019-tailoring-context.md.
_STATED = 1.0
_BY_TITLE = 0.9
_BY_YEARS = 0.75
_BY_RESUME = 0.5


@dataclass(frozen=True)
class Detected:
    """What was found out for one layer, and how sure that is."""

    layer: Layer
    name: str | None
    """A name of the knowledge base, or None where nothing speaks for any."""
    confidence: float
    """From 0 to 1."""
    source: str
    """What it was read from: `posting`, `title`, `years`, `résumé`, or several with "and"."""

    def __str__(self) -> str:
        found = self.name or "not known"
        because = f" ({self.source}, confidence {self.confidence:.2f})" if self.name else ""
        return f"{self.layer}: {found}{because}"


@dataclass(frozen=True)
class Pack:
    """The lines that a layer adds to the instructions."""

    layer: Layer
    name: str
    text: str


@dataclass(frozen=True)
class Context:
    """Which layers a prompt is filled in with, and what was detected."""

    layers: tuple[Layer, ...] | None = None
    """The layers that are on; None where the prompt takes none and is filled in as it is."""
    detected: tuple[Detected, ...] = ()
    packs: tuple[Pack, ...] = ()
    notes: tuple[str, ...] = ()
    """Which layer that was asked for has no pack, and why."""

    def on(self, layer: Layer) -> bool:
        """Whether a prompt gets the layer; one without layers gets requirements and facts."""
        return self.layers is None or layer in self.layers

    def values(self) -> dict[str, Any]:
        """What a prompt may use of it: the layers by name, and the packs."""
        if self.layers is None:
            return {}
        return {"layers": list(self.layers), "packs": [vars(pack) for pack in self.packs]}

    def names(self) -> dict[str, str]:
        """What was detected by layer, as the log carries it: `{"industry": "finance"}`."""
        return {found.layer: found.name for found in self.detected if found.name}

    def to_dict(self) -> dict[str, Any]:
        """As result files carry it."""
        return {
            "layers": None if self.layers is None else list(self.layers),
            "detected": [vars(found) for found in self.detected],
            "packs": [vars(pack) for pack in self.packs],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        if self.layers is None:
            return "The prompt takes no layers."
        on = f"layers: {', '.join(self.layers) or 'none'}"
        return "\n".join([on, *map(str, self.detected), *self.notes])


def context_of(
    resume: Resume,
    job: Job,
    prompt: Prompt,
    knowledge: Knowledge | None = None,
    *,
    mode: str,
    layers: Iterable[str] | None = None,
) -> Context:
    """The context of one résumé and one posting for a prompt.

    `layers` are those to use of the prompt's; None uses all that it takes. `knowledge` is by
    default the job's own, or that of this home. Raises `InputError` for
    a layer that there is not, or that the prompt does not take.
    """
    asked = _asked(prompt, layers)
    if asked is None:
        return Context()
    knowledge = opened(knowledge or getattr(job, "knowledge", None))
    on: list[Layer] = []
    found: list[Detected] = []
    packs: list[Pack] = []
    notes: list[str] = []
    for layer in asked:
        rule = prompt.layers[layer]
        if rule.modes is not None and mode not in rule.modes:
            continue
        if layer not in PACKED:
            on.append(layer)
            continue
        detected = _DETECTORS[layer](resume, job, knowledge)
        found.append(detected)
        pack = _pack(detected, knowledge)
        if detected.name is None:
            notes.append(f"No {layer} pack: neither posting nor résumé tells the {layer}.")
        elif detected.confidence < rule.min_confidence:
            notes.append(
                f"No {layer} pack: {detected.name} has a confidence of {detected.confidence:.2f}, "
                f"below the prompt's {rule.min_confidence:.2f}."
            )
        elif pack is None:
            notes.append(f"No {layer} pack: there is none for {detected.name}.")
        else:
            on.append(layer)
            packs.append(pack)
    return Context(tuple(on), tuple(found), tuple(packs), tuple(notes))


def _asked(prompt: Prompt, layers: Iterable[str] | None) -> tuple[Layer, ...] | None:
    """The layers to fill in, in their order, checked against what there is and what it takes."""
    if isinstance(layers, str):
        raise InputError(f"layers is a list, such as [{layers}].")
    if layers is None and not prompt.layers:
        return None
    names = list(prompt.layers) if layers is None else list(layers)
    for name in (*prompt.layers, *names):
        if name not in LAYERS:
            raise InputError(f'There is no layer "{name}"; there are {", ".join(LAYERS)}.')
    for name in names:
        if name not in prompt.layers:
            takes = ", ".join(prompt.layers) or "none; use one that does, such as layered"
            raise InputError(f'The prompt {prompt.name} takes no layer "{name}"; it takes {takes}.')
    return tuple(layer for layer in LAYERS if layer in names)


def detect_layers(resume: Resume, job: Job, knowledge: Knowledge) -> tuple[Detected, ...]:
    """Industry, level and role of a résumé and a posting."""
    return tuple(_DETECTORS[layer](resume, job, knowledge) for layer in PACKED)


def _industry(resume: Resume, job: Job, knowledge: Knowledge) -> Detected:
    """By vote: the posting's words count double, the role's trade and the résumé's words once."""
    analysis = job.analysis
    if job.given_industry and analysis.industry and analysis.industry_confidence == 1.0:
        return Detected("industry", analysis.industry, _STATED, "posting")
    family = knowledge.titles.get(title_family(job.title, knowledge) or "")
    own, share = detect_industry(resume.text, knowledge)
    votes = [
        (analysis.industry, 2.0, analysis.industry_confidence, "posting"),
        ((family.industry or None) if family else None, 1.0, 1.0, "title"),
        (own, 1.0, share, "résumé"),
    ]
    cast = [vote for vote in votes if vote[0] is not None]
    sums: dict[str, float] = {}
    for name, weight, certainty, _ in cast:
        if name is not None:
            sums[name] = sums.get(name, 0.0) + weight * certainty
    if not sums:
        return Detected("industry", None, 0.0, "")
    best = max(sums, key=lambda name: (sums[name], name))
    sources = " and ".join(source for name, _, _, source in cast if name == best)
    return Detected("industry", best, sums[best] / sum(vote[1] for vote in cast), sources)


def _level(resume: Resume, job: Job, knowledge: Knowledge) -> Detected:
    """What the posting states, its title, the years it asks for; else what the résumé shows."""
    stated = detect_level("", knowledge, given=job.given_level)
    by_title = detect_level(job.title, knowledge)
    by_years = detect_level("", knowledge, years=job.years)
    if stated is not None:
        return Detected("level", stated, _STATED, "posting")
    if by_title is not None:
        both = by_title == by_years
        source = "title and years" if both else "title"
        return Detected("level", by_title, _BY_TITLE if both else _BY_YEARS, source)
    if by_years is not None:
        return Detected("level", by_years, _BY_YEARS, "years")
    years = profile_of(resume, knowledge).years(this_month())
    own = detect_level(resume.label, knowledge, years=years)
    return Detected("level", own, _BY_RESUME if own else 0.0, "résumé" if own else "")


def _role(resume: Resume, job: Job, knowledge: Knowledge) -> Detected:
    """The family of the posting's title; where that is none, of the résumé's."""
    asked, own = title_family(job.title, knowledge), title_family(resume.label, knowledge)
    if asked is not None:
        same = asked == own
        return Detected(
            "role", asked, 0.95 if same else _BY_TITLE, "title and résumé" if same else "title"
        )
    return Detected("role", own, _BY_RESUME if own else 0.0, "résumé" if own else "")


_DETECTORS = {"industry": _industry, "level": _level, "role": _role}


def _pack(detected: Detected, knowledge: Knowledge) -> Pack | None:
    """The pack for what was detected, as the model reads it; None where there is none."""
    name = detected.name or ""
    if detected.layer == "industry":
        lines = _industry_lines(name, knowledge)
    elif detected.layer == "level":
        lines = _level_lines(name, knowledge)
    else:
        lines = _role_lines(name, knowledge)
    if not lines:
        return None
    heading = f"{detected.layer.title()}: {name}."
    return Pack(detected.layer, name, "\n".join([heading, *(f"- {line}" for line in lines)]))


def _industry_lines(name: str, knowledge: Knowledge) -> list[str]:
    industry = knowledge.industries.get(name)
    if industry is None:
        return []
    return [
        *_line("Evidence that counts", industry.evidence),
        *_line("Usual verbs, each only where it is true", industry.verbs),
        *_line("Measures that count, as the résumé states them", industry.metrics),
        *_line("Not to be claimed", industry.taboos),
    ]


def _level_lines(name: str, knowledge: Knowledge) -> list[str]:
    level = knowledge.packs.get("levels", {}).get(name, {})
    return [
        *_line("Look first in", _listed(level.get("sections"))),
        *_line("Show", _listed(level.get("show"))),
        *_line("Not to be claimed", _listed(level.get("avoid"))),
    ]


def _role_lines(name: str, knowledge: Knowledge) -> list[str]:
    family = knowledge.titles.get(name)
    role = knowledge.packs.get("roles", {}).get(name, {})
    return [
        *_line("Name first, where the résumé has them", _listed(role.get("first"))),
        *_line("Show", _listed(role.get("show"))),
        *_line("Other roles, whose titles are not to be claimed", family.near if family else ()),
    ]


def _line(what: str, items: Sequence[str]) -> list[str]:
    return [f"{what}: {', '.join(items)}."] if items else []


def _listed(text: str | None) -> list[str]:
    return [item.strip() for item in (text or "").split(",") if item.strip()]
