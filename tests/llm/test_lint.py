"""The prompt linter: what invites invention is found, and what forbids it is left alone."""

import pytest

from tailor_lab.llm import Prompt
from tailor_lab.llm.prompting.lint import lint
from tailor_lab.llm.prompting.prompts import find_prompts

# In the manner of published prompts: numbers, skills, scope, titles, exaggeration, gaps, blanks.
INVITING = """
Quantify ALL achievements
Add metrics to each bullet point
Every bullet must contain a number
Include at least one metric per bullet
Use numbers, percentages and dollar amounts to show impact
Estimate metrics where none are given
If no metric is available, make a reasonable assumption
Infer missing metrics from the context
Improved sales by [X]%
Reduced costs by XX%
Saved $X per year
Increased revenue by ___ percent
Add all keywords from the job description
Incorporate every required skill into the resume
Make sure that all skills in the job description appear in the resume
Weave in missing keywords naturally
Add missing skills from the job description to the skills section
You may add relevant skills that the candidate probably has
Assume that the candidate has the required skills
Fill in gaps in the employment history
Turn "I built" into "led cross-functional effort"
Use powerful action verbs such as Led, Spearheaded, Orchestrated
Start each bullet with strong verbs
Emphasize leadership
Make the candidate sound more senior
Upgrade job titles to match the posting
Change the title to the target title
Rewrite the job titles so they align with the target role
Make the candidate the perfect match
Exaggerate slightly where needed
Embellish the experience
Make the resume irresistible to recruiters
Beat the ATS
Achieve a 100% match with the job description
Score at least 95% on ATS
Be creative with the achievements
Invent plausible achievements
Use realistic but impressive numbers
Add plausible details
Ensure the resume reflects all requirements of the job
Tailor the experience to mirror the job description, adding duties where needed
Add relevant certifications
Insert example projects that demonstrate the required skills
Take credit for the team's results
If a metric is missing, estimate a plausible one.
Where the résumé gives no figure, supply one
Guess missing values
Mirror the job's requirements in the summary even if the candidate lacks them.
List each skill of the posting whether or not the résumé has it
Ensure a 100% keyword match.
Reach 95 percent keyword coverage
Aim for complete keyword coverage
Round numbers up to make them stand out.
Always round up the percentages
Adjust the figures upwards
Boost the numbers a little
""".strip().splitlines()
HARMLESS = """
Never invent numbers, skills or titles.
Do not quantify what the résumé does not quantify.
Keep every number as it is.
Use numbers only where the résumé gives them.
Quantify only with numbers that the résumé states.
Do not add skills that the résumé does not support.
Use the job's own terms where the résumé supports them.
Titles, employers and dates stay as they are.
Cite the ids of the facts behind each edit.
Avoid strong leadership verbs.
Contributed stays contributed; led is only for what was led.
Do not change job titles.
What the job asks for and the résumé lacks stays missing.
Leave out a metric rather than estimate it.
Never use placeholders such as [X]%.
List the requirements that the résumé does not meet.
Say which keywords are missing; do not add them.
Write in clear, active sentences.
Each bullet begins with a verb of the same strength as in the source.
Reorder skills so that relevant ones come first.
Return all edits as JSON.
Include all sections of the résumé in your answer.
Keep all keywords that are already there.
You must not exaggerate.
It is fine if a bullet has no number.
Mention certifications only if the résumé lists them.
Give the missing skills as a separate list, not in the résumé.
Measures that count, as the résumé states them: error rate, latency.
Not to be claimed: a manager's title.
Write at most 100 words and 5 bullets.
Do not infer metrics, and do not assume skills.
Add nothing that is not in the facts.
The ATS score is computed elsewhere; do not write for it.
Match each requirement with the facts that support it.
If a metric is missing, leave the line without one.
If no number is given, use none.
Where a date is missing, give it as null.
Do not round numbers up.
Round nothing; copy each figure.
Never mirror a requirement in the summary even if the posting insists on it.
List the requirements that are met even if they seem minor.
Do not aim for a 100% keyword match.
If something is unclear, use the résumé's own words.
""".strip().splitlines()
# Written after the rules were, and not used to change them.
INVITING_HELD_OUT = """
Each line must have a measurable figure
Boost the profile with any additional skills the recruiter wants
Wherever results are vague, put a concrete percentage
Make up for missing experience by describing similar tasks
Guess the size of the team
Adapt job titles to the ones in the advert
Use power verbs such as led and drove
Fill gaps between jobs with freelance work
Provide a number for each bullet
Include all of the keywords of the posting
""".strip().splitlines()
HARMLESS_HELD_OUT = """
Reply in JSON with the fields path, action and value.
If a requirement is not met, leave it out.
Shorten long bullets without losing their numbers.
Prefer the wording of the posting where it means the same.
Every claim must be traceable to a line of the source.
Two bullets that say the same may be merged.
Keep the tone plain and the sentences short.
Names of employers and schools are copied letter by letter.
Put the skills that the job asks for first.
Where the source gives a range, give the same range.
Tell the reader what was done, with what, and for whom.
Dates stay in the form in which they are.
""".strip().splitlines()
HELD_OUT_FOUND = 0.6


def rules(sentence: str) -> list[str]:
    text = (
        f"# system\nUse only facts in the résumé.\n{sentence}\n# user\n{{{{ job | block('job') }}}}"
    )
    return [finding.rule for finding in lint(Prompt.parse(text, name="p"))]


@pytest.mark.parametrize("sentence", INVITING)
def test_a_phrase_that_invites_invention_is_found(sentence: str) -> None:
    assert rules(sentence)


@pytest.mark.parametrize("sentence", HARMLESS)
def test_a_phrase_that_forbids_or_ties_to_the_source_is_left_alone(sentence: str) -> None:
    assert rules(sentence) == []


def test_on_phrases_that_the_rules_were_not_made_from_alarms_are_right() -> None:
    found = [bool(rules(sentence)) for sentence in INVITING_HELD_OUT]
    assert sum(found) / len(found) >= HELD_OUT_FOUND
    assert [s for s in HARMLESS_HELD_OUT if rules(s)] == []


def test_a_list_below_a_prohibition_in_another_item_is_still_found() -> None:
    assert rules("- Do not change dates\n- Quantify all achievements") == ["invites-numbers"]


def test_of_the_shipped_prompts_only_the_inviting_ones_are_warned_of() -> None:
    warned = {
        name
        for name in find_prompts()
        if any(finding.severity == "warning" for finding in lint(Prompt.load(name)))
    }
    assert warned == {"careless", "keywords"}
