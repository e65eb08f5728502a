"""What a cache refuses, in sentences; a cache that merely fails is a miss, not an error."""

from tailor_lab.errors import InputError


class UncacheableError(InputError):
    """A key or a value that the cache cannot hold exactly."""
