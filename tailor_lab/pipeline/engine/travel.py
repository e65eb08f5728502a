"""How stages, inputs and results travel between processes: cloudpickle, checked on both sides.

An exception may travel and still not arrive (its constructor wants arguments that it does not
keep), so each is unpickled once before it leaves.
"""

import traceback
from collections.abc import Mapping
from typing import Any

from cloudpickle import dumps, loads  # type: ignore[import-untyped]

from tailor_lab.pipeline.errors import RemoteStageError, TravelError, describe, kind_of

PICKLING_ERRORS = (Exception, RecursionError)


def pack(value: Any, what: str) -> bytes:
    """The value as bytes; `TravelError` names `what` cannot travel, and why."""
    try:
        return bytes(dumps(value))
    except PICKLING_ERRORS as error:
        raise TravelError(f"{what} cannot travel between processes: {describe(error)}") from error


def unpack(data: bytes, what: str) -> Any:
    """The value again."""
    try:
        return loads(data)
    except PICKLING_ERRORS as error:
        raise TravelError(f"{what} did not survive its travel: {describe(error)}") from error


def which(values: Mapping[str, Any]) -> str | None:
    """The first name whose value cannot travel."""
    for name, value in values.items():
        try:
            pack(value, name)
        except TravelError:
            return name
    return None


def portable(error: BaseException) -> BaseException:
    """The exception with the traceback of this process as a note, or a stand-in that can travel."""
    note = "".join(traceback.format_exception(error)).rstrip()
    try:
        loads(dumps(error))
    except PICKLING_ERRORS:
        error = RemoteStageError(describe(error), kind_of(error))
    error.add_note(f"In the process that ran the stage:\n{note}")
    return error
