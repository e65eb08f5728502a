"""How long do the package and the command line take to start, beside Python alone?

Whole processes in turn, so that noise meets all alike: Python that does nothing, the import of the
package, the help of the command line, and what others take to import.

    python -m benchmarks.startup_time [--rounds 15] [--write]
"""

import argparse
import statistics
import subprocess
import sys

from benchmarks.support.page import table, write
from benchmarks.support.timing import in_turns, machine

BOUNDS_MS = {"import tailor_lab": 150, "tailor-lab --help": 500}
COMMANDS = {
    "python alone": ["-c", "pass"],
    "import tailor_lab": ["-c", "import tailor_lab"],
    "tailor-lab --help": ["-m", "tailor_lab", "--help"],
    "from tailor_lab import Lab": ["-c", "from tailor_lab import Lab"],
    "import polars": ["-c", "import polars"],
    "import mlflow": ["-c", "import mlflow"],
}


def available(arguments: list[str]) -> bool:
    """Whether the command runs here at all."""
    done = subprocess.run([sys.executable, *arguments], capture_output=True, check=False)
    return done.returncode == 0


def main() -> None:
    """Measures, prints, and with --write puts the table on the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    calls = {
        name: (
            lambda arguments=arguments: subprocess.run(
                [sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True
            )
        )
        for name, arguments in COMMANDS.items()
        if available(arguments)
    }
    taken = in_turns(calls, 1, options.rounds)
    rows = []
    for name, times in taken.items():
        milliseconds = [t / 1000 for t in times]
        bound = BOUNDS_MS.get(name)
        rows.append(
            [
                f"`{name}`",
                f"{statistics.median(milliseconds):.0f}",
                f"{min(milliseconds):.0f} to {max(milliseconds):.0f}",
                f"≤ {bound}" if bound else "",
            ]
        )
    shown = table(["process", "median ms", "range", "bound"], rows)
    text = (
        f"## Start-up\n\nWhole processes, {options.rounds} rounds in turn ({machine()}). "
        f"By `python -m benchmarks.startup_time`.\n\n{shown}"
    )
    if options.write:
        write("startup", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
