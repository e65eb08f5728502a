"""The word lists of `data/knowledge/lexicon`: one file per concept, each held to its own schema.

A file is a mapping of lists and tables. A list holds words or fragments of regular expressions, as
its comment says; a fragment may name another list of its file in braces, `{unit}`, which stands for
any one of that list. What is read here is a pure function of the shipped files and cannot be
changed, so modules may compile it when they are imported.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from tailor_lab.data_files import read_data_file
from tailor_lab.data_files.fragments import spelt_out
from tailor_lab.errors import InputError
from tailor_lab.settings import shipped


@lru_cache(maxsize=64)
def lexicon(name: str) -> Mapping[str, Any]:
    """The lists and tables of one file, frozen: mappings of tuples.

    Raises `InputError`, with file, line and key, where the file does not fit its schema, or a
    fragment of it does not compile, matches the empty text or names a list that is not there.

    >>> lexicon("legal_forms")["certain"][:3]
    ('inc', 'incorporated', 'corp')
    """
    path = shipped(f"data/knowledge/lexicon/{name}.yaml")
    frozen: Mapping[str, Any] = _frozen(read_data_file(path, f"lexicon/{name}"))
    return frozen


def words(name: str, *keys: str) -> tuple[str, ...]:
    """The words of one or more lists of a file, in the file's order."""
    return tuple(word for key in keys for word in _list(name, key))


def any_of(name: str, *keys: str) -> str:
    """The fragments of one or more lists as the branches of a regular expression, unenclosed.

    >>> import re
    >>> re.sub(rf"\\s(?:{any_of('legal_forms', 'certain')})$", "", "Acme GmbH", flags=re.I)
    'Acme'
    """
    lists = lexicon(name)
    return "|".join(spelt_out(word, lists) for key in keys for word in _list(name, key))


def _list(name: str, key: str) -> tuple[str, ...]:
    found = lexicon(name).get(key)
    if not isinstance(found, tuple):
        raise InputError(f"{name}.yaml has no list {key!r}.")
    return found


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(inner) for key, inner in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
