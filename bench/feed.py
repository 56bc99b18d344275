"""A seeded maker of threat intelligence: addresses, hashes and URLs, a third of each.

Addresses are spread over all that is public, so that a feed of ten million has about one in a thousand
of those that events reach: some alerts, as with a real feed. Documents are as Elastic's integrations
write them, none older than the 30 days that the public rules look back from the first event.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

from bench.data import FOLDER

MAKER = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:8]
_PIECE = 10_000


def indicators(count: int, seed: int = 1) -> Path:
    """A file of so many indicators, one a line; made once and kept."""
    path = FOLDER / f"indicators-{seed}-{count}-{MAKER}.ndjson"
    if not path.exists():
        FOLDER.mkdir(exist_ok=True)
        part = path.with_suffix(".part")
        with part.open("w", encoding="ascii") as file:
            file.writelines(_pieces(seed, count))
        part.rename(path)
    return path


def _pieces(seed: int, count: int) -> Iterator[str]:
    chance = random.Random(f"indicators {seed}")  # not the numbers that events are made of
    makers = (_address, _hash, _url)
    for first in range(0, count, _PIECE):
        numbers = range(first, min(first + _PIECE, count))
        yield "".join(_document(chance, number, *makers[number % 3](chance)) for number in numbers)


def _document(chance: random.Random, number: int, kind: str, told: str) -> str:
    hour, minute = divmod(chance.randrange(24 * 60), 60)
    at = f"2026-02-{chance.randrange(8, 29):02d}T{hour:02d}:{minute:02d}:00Z"
    return (
        f'{{"@timestamp":"{at}","event":{{"kind":"enrichment","category":["threat"],"type":["indicator"],'
        f'"module":"ti_bench","dataset":"ti_bench.threat"}},"threat":{{"feed":{{"name":"bench"}},'
        f'"indicator":{{"type":"{kind}",{told},"provider":"bench-{number % 17}","confidence":"High"}}}}}}\n'
    )


def _address(chance: random.Random) -> tuple[str, str]:
    first = chance.randrange(11, 224)
    rest = chance.getrandbits(24)
    return "ipv4-addr", f'"ip":"{first}.{rest >> 16}.{rest >> 8 & 255}.{rest & 255}"'


def _hash(chance: random.Random) -> tuple[str, str]:
    return "file", f'"file":{{"hash":{{"sha256":"{chance.getrandbits(256):064x}"}}}}'


def _url(chance: random.Random) -> tuple[str, str]:
    name = f"{chance.getrandbits(40):010x}"
    full = f"https://{name}.example.net/{chance.getrandbits(32):08x}"
    return "url", f'"url":{{"full":"{full}","original":"{full}","domain":"{name}.example.net"}}'
