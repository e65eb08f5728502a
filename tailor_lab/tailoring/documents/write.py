"""A résumé to a file, in the format that the file's ending names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.files import local_path, written_whole
from tailor_lab.moved import moved_names
from tailor_lab.tailoring.documents.formats import format_of, libraries_of, writable
from tailor_lab.tailoring.resume import Resume

__getattr__ = moved_names(__name__)


def check_writable(path: str | Path) -> Path:
    """The path, if a résumé can be written there; `InputError` says why not."""
    path = local_path(path, "a résumé")
    form = format_of(path.suffix)
    if form is None or form.write is None:
        raise InputError(f"{path}: a résumé is written as {writable()}.")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent} to write it to.")
    return path


def write_resume(resume: Resume | Mapping[str, Any], path: str | Path) -> Path:
    """Writes a résumé in the format that the path's ending names, and gives the path.

    The file appears whole or not at all. Raises `InputError` for an ending of no format that is
    written. `resume` is a `Resume` or a mapping in JSON Resume 1.0.
    """
    path = check_writable(path)
    form = format_of(path.suffix)
    assert form is not None
    assert form.write is not None
    data = resume.data if isinstance(resume, Resume) else resume
    with written_whole(path) as half, libraries_of(form):
        half.write_bytes(form.write(data))
    return path
