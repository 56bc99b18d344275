"""Write src/tocsin/schema/fields.csv from the field facts in ../shared.

    python tools/make_schema.py [FACTS]

A row is a field's name, its kind and ``array`` if it holds several values by convention. ECS,
Elastic Defend's index templates and the fields of integrations that Elastic's rules name come from
the facts; the few families of fields that have no list of names (``family.*``) stand below, as do
fields whose values ES|QL would else show as texts or fractions.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
FACTS = HERE.parent / "shared" / "facts" / "fields.csv"
TARGET = HERE / "src" / "tocsin" / "schema" / "fields.csv"

FAMILIES = (
    ("container.labels.*", "keyword", ""),
    ("labels.*", "keyword", ""),
    ("winlog.event_data.*", "keyword", ""),
)
MEASURES = (
    ("azure.aadgraphactivitylogs.properties.client_auth_method", "integer", ""),
    ("azure.graphactivitylogs.properties.client_auth_method", "integer", ""),
    ("azure.open_ai.properties.request_length", "double", ""),
    ("azure.open_ai.properties.response_length", "double", ""),
    ("azure.signinlogs.properties.status.error_code", "long", ""),
    ("gen_ai.compliance.violation_detected", "boolean", ""),
    ("gen_ai.usage.completion_tokens", "integer", ""),
    ("gen_ai.usage.prompt_tokens", "integer", ""),
    ("kubernetes.audit.responseStatus.code", "integer", ""),
    ("okta.client.ip", "ip", ""),
    ("okta.security_context.is_proxy", "boolean", ""),
    ("powershell.file.script_block_unique_symbols", "long", ""),
    ("powershell.sequence", "long", ""),
    ("powershell.total", "long", ""),
    ("wiz.vulnerability.has_exploit", "boolean", ""),
)
"""Numbers, flags and addresses of integrations that rules in ES|QL name and the facts do not."""


def rows(facts: Path) -> list[tuple[str, str, str]]:
    """All rows by name, each name once."""
    with facts.open(encoding="utf-8", newline="") as file:
        found = [(row["field"], row["kind"], row["normalization"]) for row in csv.DictReader(file)]
    found.extend((*FAMILIES, *MEASURES))
    names = [row[0] for row in found]
    doubles = {name for name in names if names.count(name) > 1}
    if doubles:
        message = f"named twice: {', '.join(sorted(doubles))}"
        raise SystemExit(message)
    return sorted(found)


def main() -> None:
    facts = Path(sys.argv[1]) if len(sys.argv) > 1 else FACTS
    found = rows(facts)
    lines = [",".join(row).rstrip(",") for row in found]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    print(f"{len(found)} fields written to {TARGET.relative_to(HERE)}")


if __name__ == "__main__":
    main()
