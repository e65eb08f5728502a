"""Where something is: a path on this machine, or an address of object storage.

`Path("s3://bucket/x")` is a folder named "s3:", and what is written to it is lost without a word;
so whatever takes a path from a user passes it through here first.
"""

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tailor_lab.errors import InputError

# Two letters at least: "C:/data" is a path. One slash is enough: `Path` swallows the second.
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):/")


def is_url(where: object) -> bool:
    """Whether `where` names something that is not a file of this machine."""
    return _scheme(where) not in {"", "file"}


def local_path(where: str | Path, what: str = "this") -> Path:
    """The path that `where` is, also as a `file://` URL. Raises `InputError` for any other URL.

    `what` says in the error what needs a path.
    """
    scheme = _scheme(where)
    if scheme == "file":
        return Path(unquote(urlsplit(str(where)).path))
    if scheme:
        raise InputError(
            f'"{where}" is a URL, and {what} needs a path on this machine. '
            "Give a path, and copy the file there or from there."
        )
    return Path(where)


def uploader(url: str) -> Callable[[Path], None]:
    """What copies a file to a URL through fsspec. Raises `InputError` where it has no driver."""
    scheme = _scheme(url)
    try:
        import fsspec
    except ImportError:
        raise InputError(
            f'"{url}" is a URL: to write there, pip install fsspec and its driver for {scheme}, '
            "or give a path."
        ) from None
    try:
        system, remote = fsspec.core.url_to_fs(_whole(url))
    except (ImportError, ValueError) as error:
        raise InputError(
            f'"{url}" cannot be written to ({error}): install what is missing, or give a path.'
        ) from None

    def upload(file: Path) -> None:
        # In one piece, at its end: what object stores show, they show whole.
        system.makedirs(remote.rpartition("/")[0], exist_ok=True)
        system.put_file(str(file), remote)

    return upload


def _whole(url: str) -> str:
    """The URL with both slashes, of which `Path` leaves one."""
    scheme, _, rest = url.partition(":")
    return f"{scheme}://{rest.lstrip('/')}"


def _scheme(where: object) -> str:
    found = _URL.match(str(where))
    return found["scheme"].lower() if found else ""
