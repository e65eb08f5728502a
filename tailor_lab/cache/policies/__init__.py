"""Eviction policies by name; each is one small class that live caching and replay share.

A policy of your own is a subclass of `Policy`; hand over the class where a name is expected:
`Memory(policy=Mine)`, `replay(trace, ["lru", Mine], sizes)`.
"""

from tailor_lab.cache.policies.arc import Arc
from tailor_lab.cache.policies.fifo import Fifo
from tailor_lab.cache.policies.gdsf import Gdsf
from tailor_lab.cache.policies.lfu import Lfu
from tailor_lab.cache.policies.lru import Lru
from tailor_lab.cache.policies.nothing import Nothing
from tailor_lab.cache.policies.policy import Policy
from tailor_lab.cache.policies.s3fifo import S3Fifo
from tailor_lab.cache.policies.sieve import Sieve
from tailor_lab.cache.policies.wtinylfu import WTinyLfu
from tailor_lab.errors import InputError

POLICIES: dict[str, type[Policy]] = {
    "lru": Lru,
    "lfu": Lfu,
    "sieve": Sieve,
    "s3fifo": S3Fifo,
    "arc": Arc,
    "wtinylfu": WTinyLfu,
    "fifo": Fifo,
    "gdsf": Gdsf,
    "none": Nothing,
}

__all__ = ["POLICIES", "Policy", "policy_named"]


def policy_named(policy: str | type[Policy]) -> type[Policy]:
    """The class of a policy given by name or as a class.

    >>> policy_named("sieve").__name__
    'Sieve'
    """
    if not isinstance(policy, str):
        return policy
    if policy.lower() not in POLICIES:
        raise InputError(f"{policy!r} is not a policy; use one of {', '.join(POLICIES)}.")
    return POLICIES[policy.lower()]
