"""Edits of certificates and languages."""

from benchmarks.facts.draft import Draft
from benchmarks.facts.edits.general import Pair, Texts
from benchmarks.facts.edits.registry import edit, words
from benchmarks.facts.edits.slots import value


def _give_certificate(draft: Draft, at: int, source: str, tailored: str) -> None:
    held = list(draft.tailored.get("certificates", []))
    draft.both("/certificates", [*held[:at], {"name": source}, *held[at:]])
    draft.tailored["certificates"] = [*held[:at], {"name": tailored}, *held[at:]]


@edit
def respell_certificate(draft: Draft, pair: Pair) -> None:
    """Gives the source a certificate in one spelling and the tailored résumé the other."""
    draft.absent(*pair)
    at = draft.rng.randrange(len(draft.tailored.get("certificates", [])) + 1)
    _give_certificate(draft, at, pair[0], pair[1])
    draft.put(f"/certificates/{at}/name", pair[1])


@edit
def complete_certificate(draft: Draft, wording: str, *, slot: str, sentences: Texts = ()) -> None:
    """Presents a certificate as held that the source holds with the limits of the wording.

    With `sentences` half of the claims are made in the summary.
    """
    name = str(value(draft, slot))
    draft.absent(name)
    held = len(draft.tailored.get("certificates", []))
    limited = wording.format(name)
    if sentences and draft.rng.random() < 0.5:
        _give_certificate(draft, held, limited, limited)
        draft.summarise(draft.rng.choice(sentences).format(name))
        return
    _give_certificate(draft, held, limited, name)
    draft.mark(f"/certificates/{held}/name")


@edit
def raise_fluency(draft: Draft, steps: int) -> None:
    """Raises the fluency in a language, which half of the sources are first given."""
    levels = words("fluency")
    level = draft.rng.randrange(len(levels) - steps)
    spoken = draft.tailored.get("languages") or []
    language = draft.rng.choice(words("languages"))
    if not spoken or draft.rng.random() < 0.5:
        draft.absent(language)
        spoken = [*spoken, {"language": language}]
    at = len(spoken) - 1
    spoken = [*spoken[:-1], {**spoken[-1], "fluency": levels[level]}]
    draft.both("/languages", spoken)
    draft.tailored["languages"] = [dict(entry) for entry in spoken]
    draft.put(f"/languages/{at}/fluency", levels[level + steps])
