"""The hashes that `hash` of ES|QL knows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ALGORITHMS: Mapping[str, str] = MappingProxyType(
    {
        "md5": "md5",
        "sha": "sha1",
        "sha1": "sha1",
        **{f"sha-{size}": f"sha{size}" for size in (1, 224, 256, 384, 512)},
        **{f"sha{size}": f"sha{size}" for size in (224, 256, 384, 512)},
        **{f"sha{dash}512/{size}": f"sha512_{size}" for dash in ("-", "") for size in (224, 256)},
        **{f"sha3-{size}": f"sha3_{size}" for size in (224, 256, 384, 512)},
    }
)
"""The name by which Python knows each hash, by that which Java knows, in lower case."""
