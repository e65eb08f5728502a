"""The platform in one room: locks, syncing, whole files, private modes, and places.

Nothing else in the package asks which system it runs on, and nothing else calls `flock`, `fsync`
or their relatives. A package and not one module, because the five answers have nothing in common
but this face.
"""

from tailor_lab.files.keys import locked_key
from tailor_lab.files.locks import Held, LocksRefusedError, acquire, holder, locked, locks_refused
from tailor_lab.files.places import is_url, local_path
from tailor_lab.files.system import has_advisory_locks, read_whole, sync, sync_folder, write_over
from tailor_lab.files.writing import move, open_private, private_folder, written_whole

__all__ = [
    "Held",
    "LocksRefusedError",
    "acquire",
    "has_advisory_locks",
    "holder",
    "is_url",
    "local_path",
    "locked",
    "locked_key",
    "locks_refused",
    "move",
    "open_private",
    "private_folder",
    "read_whole",
    "sync",
    "sync_folder",
    "write_over",
    "written_whole",
]
