"""Phrases that circulate in published résumé prompts and make models fabricate.

Each rule is a kind of invention with the advice that replaces it. A phrase counts unless its own
sentence forbids it ("never estimate a metric") or ties it to the résumé ("quantify only with
numbers that the résumé states").
"""

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """A kind of invention, what to write instead, and the phrases that invite it."""

    name: str
    advice: str
    pattern: re.Pattern[str]


_RULES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "invites-numbers",
        "Ask for the numbers that the résumé gives; a bare achievement has none to give.",
        (
            r"quantif\w+",
            r"add (?:numbers|metrics|percentages|figures)",
            r"measurable results",
            (
                r"(?:every|each) (?:bullet|line|achievement)\w* (?:must|should|needs to|has to)\b"
                r"[^.]{0,40}(?:number|metric|percent|figure)"
            ),
            (
                r"(?:include|use|add|provide|give) (?:at least )?(?:a|one|two|some) (?:\w+ )?"
                r"(?:metric|number|figure|percentage)s? (?:per|in|for|to) (?:each|every|bullet)"
            ),
            r"use (?:specific |concrete |hard )?(?:numbers|metrics|percentages|figures)\b",
            r"(?:dollar amounts|percentages) to (?:show|demonstrate|prove)",
            (
                r"(?:estimate|infer|approximate|guess)\w* (?:\w+ ){0,2}"
                r"(?:metric|number|figure|impact)s?"
            ),
            (
                r"(?:if|where|when|whenever|wherever) [^.,]{0,30}(?:no|missing|lacks?|lacking|vague"
                r"|without|absent|unknown|unclear|not (?:given|stated|available))\b[^.,]{0,40}, "
                r"(?:make|use|add|provide|give|pick|choose|put|insert|estimate|guess|infer"
                r"|approximate|supply|substitute|assume)\b"
                r"(?! (?:none|nothing|no\b|only|null|its own|the (?:r[ée]sum|source|words|wording)"
                r"|(?:it|them|this|that) (?:out|as)))"
            ),
            (
                r"(?:missing|absent|unknown|lacking|unstated) (?:metric|number|figure|value)s?"
                r"[^.]{0,40}(?:estimate|guess|infer|plausible|invent|fill)"
            ),
            (
                r"(?:estimate|guess|approximate|infer|make up)\w* (?:an? |some |the )?"
                r"(?:\w+ )?(?:one|ones|values?|sizes?|percentages?|amounts?)\b"
            ),
            (
                r"(?:round|scale|bump|nudge|push|adjust|inflate)s? (?:\w+ ){0,3}"
                r"(?:number|metric|figure|percentage|result|value|amount|year)s? (?:\w+ )?"
                r"(?:up|upwards?|higher)\b"
            ),
            (
                r"(?:round|scale|bump|nudge|push) (?:it |them )?up(?:wards?)? (?:\w+ ){0,2}"
                r"(?:number|metric|figure|percentage|result|value|amount|year)s?"
            ),
            (
                r"(?:inflate|boost|pad|beef up|increase|enlarge) (?:the |all |any |each |\w+ )?"
                r"(?:number|metric|figure|percentage|result|value)s?\b"
            ),
            (
                r"(?:realistic|plausible|impressive|reasonable) (?:but \w+ )?"
                r"(?:metric|number|figure|percentage|estimate)s?"
            ),
        ),
    ),
    (
        "invites-skills",
        "Ask for the requirements that the résumé supports; the rest must stay missing.",
        (
            (
                r"(?:include|add|cover|insert|incorporate|use|reflect)s? (?:in [^.]{0,30})?"
                r"(?:every|all)\b[^.]{0,40}(?:keyword|requirement|skill)[^.]{0,40}?"
                r"(?:job|posting|description|advert|resume|résumé|skills)"
            ),
            (
                r"(?:include|add|cover|insert|incorporate) (?:every|all) (?:of the )?(?:\w+ )?"
                r"(?:keyword|requirement|skill)"
            ),
            r"all (?:the )?(?:skill|keyword|requirement)s\b[^.]{0,40} appear",
            (
                r"(?:add|weave in|insert|include|work in) (?:the |any )?"
                r"(?:missing|lacking|additional)\b[^.]{0,20}(?:keyword|skill|requirement)"
            ),
            r"add (?:\w+ )?relevant (?:skills|certifications|technologies|projects)",
            r"(?:probably|likely|presumably|would) (?:has|have|had)\b",
            (
                r"(?:100|9\d) ?(?:%|percent|per cent) (?:(?:keyword|skill|requirement|job|ats)s? )?"
                r"(?:match|coverage|overlap|fit|score|on ats|ats)"
            ),
            r"(?:full|complete|total|perfect) (?:keyword|skill|requirement)s? (?:match|coverage)",
            (
                r"(?:mirror|match|meet|mention|claim|include|state|list|add|cover|reflect|show)\w*"
                r"\b[^.]{0,80}\b(?:even (?:if|when|where|though)|whether or not"
                r"|regardless of whether) [^.]{0,40}"
                r"(?:lacks?|does not|doesn['’]t|has not|hasn['’]t|has no|not have|never|missing"
                r"|has (?:it|them)|holds? (?:it|them)|unsupported|absent)"
            ),
        ),
    ),
    (
        "invites-scope",
        "Ask for active verbs of the same scope: contributed is not led.",
        (
            r"(?:strong|leadership|powerful|power|impactful) (?:\w+ )?verbs",
            r"emphasi[sz]e leadership",
            r"take credit",
            r"sound (?:more )?(?:senior|impressive)",
            (
                r"(?:such as|like|into|with|using)[ \"'“‘]+"
                r"(?:led|spearheaded|orchestrated|pioneered)\b"
            ),
        ),
    ),
    (
        "invites-title",
        "Titles are facts; ask for the job's title words only where the résumé holds them.",
        (
            r"match (?:the )?(?:title|job title)",
            (
                r"(?:change|adjust|adapt|upgrade|rewrite|rename|align) (?:the |each |all )?"
                r"(?:job |position |role )?titles?\b"
            ),
        ),
    ),
    (
        "invites-exaggeration",
        "Say what is true and relevant; exaggeration comes by itself.",
        (
            r"irresistible|embellish|exaggerat\w+",
            r"perfect (?:match|candidate|fit)",
            r"passes? every filter|beat the ats|stand out at any",
            r"score (?:at least |above |over )?\d+ ?%",
        ),
    ),
    (
        "invites-invention",
        "Say that what is not in the résumé stays out; a gap is a fact too.",
        (
            r"(?:be|get) creative",
            r"\b(?:invent|fabricate|make up|come up with)\b",
            r"assum(?:e|ption)s?\b",
            r"fill (?:in )?(?:any |the )?gaps?\b",
            (
                r"(?:add|insert|include|create) (?:\w+ )?"
                r"(?:plausible|realistic|example|sample|fictional) \w+"
            ),
            r"add(?:ing)? (?:duties|responsibilities|experience|achievements|details)\b",
        ),
    ),
    (
        "placeholder",
        "A placeholder in the output is a number waiting to be invented.",
        (
            r"\[(?:number|insert|amount|percent|metric|x+)[^\]]*\]|\[?\bx{1,3}\]? ?%",
            r"[$€£]x{1,3}\b|_{2,} ?(?:%|percent)",
        ),
    ),
)

RULES: tuple[Rule, ...] = tuple(
    Rule(name, advice, re.compile("|".join(f"(?:{p})" for p in phrases), re.IGNORECASE))
    for name, advice, phrases in _RULES
)

_FORBIDS = re.compile(
    r"\b(?:never|not|no|nothing|don't|don’t|cannot|without|avoid|nor|rather than|instead of)\b"
    r"[^.;:]*$",
    re.IGNORECASE,
)
_TIED = re.compile(
    r"\bonly (?:with|where|if|when|from|what|as|the)\b|"
    r"\b(?:that|which|where|as|if) the (?:r[ée]sum[ée]|source|candidate's own \w+) "
    r"(?:states?|gives?|holds?|supports?|has|shows?|says?|lists?|contains?)"
    r"\b(?! (?:no|none|nothing)\b)|"
    r"\bsupported by\b|\brather than\b",
    re.IGNORECASE,
)
_ITEM = re.compile(r"\n\s*(?:\n|[-*•]\s|\d+[.)]\s)")
_END = re.compile(r"[.;](?:\s|$)|\n\s*(?:\n|[-*•]\s|\d+[.)]\s)")


def is_meant(text: str, start: int, end: int) -> bool:
    """Whether the phrase at that place is asked for, neither forbidden nor tied to the résumé."""
    before = _ITEM.split(text[:start])[-1]
    stop = _END.search(text, end)
    rest = text[start : stop.start() if stop else len(text)]
    return not _FORBIDS.search(before) and not _TIED.search(rest)
