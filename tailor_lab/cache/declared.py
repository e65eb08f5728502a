"""Values by declared type: models and dataclasses go to a shared tier as plain values.

What is stored names no class, so reading it can make nothing but what the reader declares.
"""

from functools import lru_cache
from typing import Any

from tailor_lab.cache.errors import UncacheableError


def plain(value: Any, kind: Any) -> Any:
    """The value as plain ones. Raises `UncacheableError` where they would not give it back."""
    adapter = _adapter(kind)
    try:
        dumped = adapter.dump_python(value, warnings="error")
        same = adapter.validate_python(dumped) == value
    except ValueError:
        same = False
    if not same:
        raise UncacheableError(
            f"A shared cache cannot hold this {type(value).__qualname__} as {_name(kind)}: "
            "it would not come back as it was."
        )
    return dumped


def revived(dumped: Any, kind: Any) -> Any:
    """The value of the declared type. Raises `ValueError` for plain values that do not fit it."""
    return _adapter(kind).validate_python(dumped)


@lru_cache(maxsize=256)
def _adapter(kind: Any) -> Any:
    from pydantic import PydanticSchemaGenerationError, TypeAdapter

    try:
        return TypeAdapter(kind)
    except PydanticSchemaGenerationError:
        raise UncacheableError(
            f"A cached value cannot be declared as {_name(kind)}; use a pydantic model, "
            "a dataclass, a typed dictionary or a collection of these."
        ) from None


def _name(kind: Any) -> str:
    return getattr(kind, "__qualname__", None) or repr(kind)
