"""Does the verifier find what was invented, and leave alone what was not?

    python -m benchmarks.facts [--split development|test] [--kind F4 …] [--show-misses N]
    python -m benchmarks.facts --handwritten [--markdown]

Labelled changes of 24 kinds of fabrication and 23 kinds of legitimate edit are made in the shipped
résumés and in real ones, and `verify` is asked about each. Work on the verifier looks at the
development part only; the misses of the test part are not shown unless `--open-test` says so. The
second form asks about the sets written by hand, and lists every wrong answer.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from benchmarks.facts import handwritten
from benchmarks.facts.draft import SPLITS
from benchmarks.facts.drawing import adversarial, draw, unchanged
from benchmarks.facts.measures import (
    by_kind,
    by_person,
    by_rule,
    check,
    of_several,
    order,
    pooled,
    show,
    wilson,
    wrong,
)
from benchmarks.facts.templates import kinds
from benchmarks.support.page import write

PAGE = Path(__file__).parents[2] / "docs" / "facts.md"


def arguments_of() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.facts", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--split", choices=SPLITS, default="development")
    parser.add_argument("--kind", nargs="+", default=None, help="only these kinds, such as F4 L17")
    parser.add_argument("--cases", type=int, default=150, help="cases per kind and part")
    parser.add_argument("--show-misses", type=int, default=0, metavar="N", help="N of each kind")
    parser.add_argument(
        "--rules", action="store_true", help="what the flags of each rule are worth"
    )
    parser.add_argument("--markdown", action="store_true", help="write the tables to docs/facts.md")
    parser.add_argument("--open-test", action="store_true", help="show the test part's misses, too")
    parser.add_argument(
        "--handwritten", action="store_true", help="ask about the sets written by hand instead"
    )
    arguments = parser.parse_args()
    if arguments.show_misses and arguments.split == "test" and not arguments.open_test:
        parser.error("the test part's misses stay closed; look at the development part instead")
    if unknown := sorted(set(arguments.kind or ()) - set(kinds())):
        parser.error(f"no such kind: {', '.join(unknown)}; cases/kinds.yaml lists them")
    return arguments


def of_set(written: handwritten.Written) -> Iterator[str]:
    """What was found in a set: by person, of several changes at once, and every wrong answer."""
    outcomes = [check(case) for case in handwritten.cases(written)]
    single = [o for o in outcomes if o.case.kind != "A"]
    yield f"**{written.name.capitalize()}**"
    if first := written.first_asked:
        said = [
            wilson(first[key]["hits"], first[key]["of"])
            for key in ("fabrications_flagged", "legitimate_edits_blocked")
        ]
        yield f"First asked on {first['date']}: flagged {said[0]}, legitimate blocked {said[1]}."
    yield by_person(single)
    yield of_several([o for o in outcomes if o.case.kind == "A"])
    yield f"Wrong answers:\n\n{wrong(outcomes)}"


def main() -> None:
    """Draws the cases, asks, and prints or writes the tables."""
    arguments = arguments_of()
    outcomes = []
    if arguments.handwritten:
        section = "facts-handwritten"
        parts = [part for written in handwritten.sets() for part in of_set(written)]
    else:
        section = f"facts-{arguments.split}"
        wanted = sorted(arguments.kind or kinds(), key=order)
        cases = [c for kind in wanted for c in draw(kind, arguments.split, arguments.cases)]
        outcomes = [check(case) for case in [*cases, *unchanged(arguments.split)]]
        parts = [by_kind(outcomes)]
        if arguments.kind is None:
            several = [check(case) for case in adversarial(arguments.split, 2 * arguments.cases)]
            parts += [pooled(outcomes), of_several(several)]
        if arguments.rules:
            parts.append(by_rule(outcomes))
    text = "\n\n".join(parts)
    if arguments.markdown:
        write(section, text, page=PAGE)
    else:
        print(text)
    show(outcomes, arguments.show_misses)


if __name__ == "__main__":
    main()
