"""Queries of Elastic's rules, as they stand in its files."""

import tarfile
import tomllib

from shared import SHARED


def elastic_queries(language):
    """All rules in a language, deprecated ones too: name in the archive, maturity, query."""
    found = []
    with tarfile.open(SHARED / "elastic-rules.tar.gz") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.name.endswith(".toml") else None
            text = file.read() if file else b""
            if f'"{language}"'.encode() not in text:
                continue
            document = tomllib.loads(text.decode())
            rule = document["rule"]
            if rule.get("language") == language:
                found.append((member.name, document["metadata"]["maturity"], rule["query"]))
    return found
