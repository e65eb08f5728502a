"""The codec beside others, for each kind of value that an LLM product caches.

    python -m benchmarks.codec_size_and_speed

Embeddings are SYNTHETIC (normal draws scaled to length 1); texts are chat completions around pieces
of this project's own documents, the dictionary trained on other documents than it is measured on.
Speeds are megabytes of JSON a second; every codec's result is compared with what went in, and one
that gives back something else is marked. The table goes into docs/benchmarks.md.
"""

import gzip
import json
import pickle
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from benchmarks.support.page import table, write
from benchmarks.support.timing import ROUNDS, in_turns, machine
from tailor_lab.cache.encoding import codec

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).parents[1]
DIMENSION = 1536
Pair = tuple[Callable[[Any], bytes], Callable[[bytes], Any]]
PEERS: dict[str, Pair] = {
    "JSON, gzip": (
        lambda v: gzip.compress(json.dumps(v).encode(), 6),
        lambda b: json.loads(gzip.decompress(b)),
    ),
    "JSON, zstd": (
        lambda v: zstd.compress(msgspec.json.encode(v), 3),
        lambda b: msgspec.json.decode(zstd.decompress(b)),
    ),
    "MessagePack, zstd": (
        lambda v: zstd.compress(msgspec.msgpack.encode(v), 3),
        lambda b: msgspec.msgpack.decode(zstd.decompress(b)),
    ),
    "pickle, zstd": (
        lambda v: zstd.compress(pickle.dumps(v, 5), 3),
        lambda b: pickle.loads(zstd.decompress(b)),
    ),
}


def embeddings(dtype: str, size: int = 500_000) -> list[list[float]]:
    """Vectors whose JSON has about `size` bytes, as the kind of numbers that a server sends."""
    draw = np.random.default_rng(7)
    exact = draw.normal(size=(size // 20 // DIMENSION + 1, DIMENSION))
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    if dtype == "shortest":
        return [[float(str(x)) for x in row] for row in exact.astype("f4")]
    if dtype == "rounded":
        return np.round(exact, 6).tolist()
    return exact.astype(dtype).astype("f8").tolist()


def replies(least: int, most: int, count: int, files: list[Path]) -> list[dict[str, Any]]:
    """Chat completions around pieces of the files."""
    draw = random.Random(7)
    text = "\n".join(path.read_text() for path in files)
    found = []
    for number in range(count):
        length = draw.randint(least, most)
        start = draw.randrange(max(1, len(text) - length))
        message = {"role": "assistant", "content": text[start : start + length], "refusal": None}
        found.append(
            {
                "id": f"chatcmpl-{draw.getrandbits(96):024x}",
                "object": "chat.completion",
                "created": 1_790_000_000 + number,
                "model": "offline",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": draw.randint(200, 3000),
                    "completion_tokens": length // 4,
                },
            }
        )
    return found


def documents() -> tuple[list[Path], list[Path]]:
    """Two halves of the project's documents: to train on, and to measure on."""
    files = sorted(
        [*(ROOT / "data" / "resumes").glob("*.json"), *(ROOT / "data" / "jobs").glob("*.json")]
    )
    return files[::2], files[1::2]


OURS: dict[str, Pair] = {"tailor_lab": (codec.encode, codec.decode)}


def measured(
    kind: str, values: list[Any], codecs: Mapping[str, Pair] = OURS | PEERS
) -> list[list[str]]:
    raw = sum(len(json.dumps(value)) for value in values)
    rows = []
    for name, (write_, read) in codecs.items():
        stored = [write_(value) for value in values]
        exact = all(read(data) == value for data, value in zip(stored, values, strict=True))
        took = in_turns(
            {
                "in": lambda write_=write_: [write_(value) for value in values],
                "out": lambda read=read, stored=stored: [read(data) for data in stored],
            },
            1,
        )
        speeds = [raw / statistics.median(took[way]) for way in ("in", "out")]
        smaller = f"{1 - sum(map(len, stored)) / raw:.1%}{'' if exact else ' (not exact)'}"
        rows.append([f"{kind}: {name}", smaller, *(f"{speed:,.0f}" for speed in speeds)])
    return rows


def with_dictionary(kind: str, values: list[Any]) -> list[str]:
    """The row of our codec with a dictionary that was trained on other documents."""
    others = [msgspec.msgpack.encode(reply) for reply in replies(500, 6_000, 400, documents()[0])]
    trained = zstd.train_dict(others, 64 * 1024)
    pair = (
        lambda value: codec.encode_sized(value, dictionary=trained)[0],
        lambda data: codec.decode(data, lambda _: trained),
    )
    return measured(kind, values, {"tailor_lab with a dictionary": pair})[0]


def main() -> None:
    _, files = documents()
    kinds: dict[str, list[Any]] = {
        "float32, all digits": [embeddings("f4")],
        "float32, shortest text": [embeddings("shortest")],
        "six decimals": [embeddings("rounded")],
        "float16, all digits": [embeddings("f2")],
        "float64": [embeddings("f8")],
        "replies of 2 to 50 KB": replies(2_000, 50_000, 40, files),
        "replies under 6 KB": replies(500, 6_000, 100, files),
    }
    rows = [row for kind, values in kinds.items() for row in measured(kind, values)]
    rows.append(with_dictionary("replies under 6 KB", kinds["replies under 6 KB"]))
    text = (
        f"## Codec\n\nMedians of {ROUNDS} rounds in turn ({machine()}). Vectors are synthetic. "
        "By `python -m benchmarks.codec_size_and_speed`.\n\n"
        + table(["kind: codec", "smaller than JSON", "in, MB/s", "out, MB/s"], rows)
    )
    write("codec", text)


if __name__ == "__main__":
    main()
