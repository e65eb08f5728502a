"""The command line: assembled here from one file per group of commands.

Results go to standard output, progress and notes to standard error. Exit codes: 0 done, 1 a check
or guardrail failed, 2 wrong input. A user's mistake is one sentence, never a traceback. Everything
heavy is imported by the command that needs it, so that `--help` answers at once.
"""

import sys
import warnings
from collections.abc import Callable

from tailor_lab.cli import cache, knowledge, log, prompts
from tailor_lab.cli.common import group, note
from tailor_lab.cli.experiments import compare, plan, report, run, summary, verify
from tailor_lab.cli.log import effectiveness
from tailor_lab.cli.machine import dashboard, demo, doctor, offline_server
from tailor_lab.cli.pair import facts, score, tailor
from tailor_lab.cli.replay import replay
from tailor_lab.errors import InputError, TailorLabError

app = group(
    "tailor-lab",
    "Experiments on LLM résumé tailoring: is it better, what does it cost, is it true?",
)
for commands in (prompts, log, cache, knowledge):
    app.add_typer(commands.app)
_COMMANDS: tuple[Callable[..., None], ...] = (
    *(score, facts, replay, demo, tailor),
    *(plan, run, compare, report, summary, verify),
    *(effectiveness, doctor, dashboard),
)
for command in _COMMANDS:
    app.command()(command)
app.command("offline-server")(offline_server)

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended."""


def main() -> None:
    """The entry point: one sentence and exit code 2 for a user's mistake."""
    warnings.showwarning = _say_warning
    try:
        app()
    except InputError as error:
        _fail(str(error), 2)
    except TailorLabError as error:
        # What a server refuses to everybody, such as for want of credit, is the user's to mend.
        _fail(str(error), 2 if getattr(error, "of_server", False) else 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}.", 2)
    except SystemExit as done:
        # The command-line library turns Ctrl-C into this code and says nothing.
        if done.code == INTERRUPTED:
            note("Stopped. What was finished is kept; run again to go on.")
        raise


def _say_warning(message: Warning | str, *_: object, **__: object) -> None:
    note(f"Note: {message}")


def _fail(text: str, code: int) -> None:
    note(text)
    sys.exit(code)
