"""The root of every error that tailor_lab raises on purpose.

A message names what was wrong, where, and what to do about it; the command line prints it as it is
and never with a traceback.
"""


class TailorLabError(Exception):
    """Something tailor_lab refuses or cannot do; the message is a sentence for the user."""


class InputError(TailorLabError, ValueError):
    """What the user handed over is wrong: a file, a field, a name, a number."""
