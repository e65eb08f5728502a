"""Providers that are functions: what an installed package offers in place of a server.

A package's entry point in the group `tailor_lab.providers` names a function that takes the body of
a request, as the OpenAI protocol has it, and returns the body of its answer:

    [project.entry-points."tailor_lab.providers"]
    gateway = "our_package:complete"

    def complete(body: dict) -> dict: ...

`gateway:some-model` is then a model as any other, with the same cache, log, limits and retries. The
function is called on several threads at once.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from tailor_lab.errors import InputError
from tailor_lab.plugins import offered

GROUP = "tailor_lab.providers"

ProviderFunction = Callable[[dict[str, Any]], Mapping[str, Any]]


@lru_cache(maxsize=1)
def function_names() -> frozenset[str]:
    """The names of the providers that installed packages offer."""
    return frozenset(offered(GROUP))


def provider_function(name: str) -> ProviderFunction:
    """The function that answers for a provider.

    Raises `InputError` where its package cannot be imported or offers something else.
    """
    entry = offered(GROUP)[name]
    package = entry.dist.name if entry.dist is not None else "an installed package"
    try:
        function = entry.load()
    except Exception as error:
        raise InputError(
            f'The provider "{name}" of {package} cannot be loaded: {type(error).__name__}: '
            f"{error}. Repair or uninstall {package}."
        ) from error
    if not callable(function):
        raise InputError(
            f'The provider "{name}" of {package} is a {type(function).__name__}, not a function '
            f"from a request's body to an answer's. Repair or uninstall {package}."
        )
    found: ProviderFunction = function
    return found
