"""What can go wrong with a run log, in sentences."""

from tailor_lab.errors import InputError, TailorLabError


class RunLogError(TailorLabError):
    """The log cannot be read or written now."""


class RowError(InputError):
    """A row that does not fit its table; nothing of it was written."""


class QueryError(InputError):
    """A query that cannot be answered: wrong SQL, or SQL that is not allowed here."""
