"""The offline model: deterministic, extractive, not an LLM, behind the same HTTP protocol.

It lets everything above run without a network or a key, and gives parallelism, caching and
comparison something to work on. `model` lists the instructions that it follows.
"""

VERSION = 4
"""Part of every cache key: raised when the same request gets another answer."""
