"""Write src/tocsin/schema/attack.tsv from the ATT&CK facts in ../shared.

    python tools/make_attack.py [FACTS]

A row is an id, its name, the tactics that a technique belongs to (none for a tactic), and further
names that releases of ATT&CK have given it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
FACTS = HERE.parent / "shared" / "facts" / "attack.json"
TARGET = HERE / "src" / "tocsin" / "schema" / "attack.tsv"

NOTICE = "# Ids and names of MITRE ATT&CK, a registered trademark of The MITRE Corporation."
RENAMED = {"T1497.003": "Time Based Checks"}
"""Names of later releases, for ids that the facts have under an older one."""


def rows(facts: Path) -> list[str]:
    """All rows by id: tactics, then techniques, each with its sub-techniques behind it."""
    known = json.loads(facts.read_text(encoding="utf-8"))
    found = [f"{name}\t{row['name']}\t\t" for name, row in sorted(known["tactics"].items())]
    for name, row in sorted(known["techniques"].items()):
        tactics = " ".join(sorted(row["tactics"]))
        found.append(f"{name}\t{row['name']}\t{tactics}\t{RENAMED.get(name, '')}")
    return [line.rstrip("\t") for line in found]


def main() -> None:
    facts = Path(sys.argv[1]) if len(sys.argv) > 1 else FACTS
    found = rows(facts)
    text = "\n".join([NOTICE, *found]) + "\n"
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(found)} ids written to {TARGET.relative_to(HERE)}")


if __name__ == "__main__":
    main()
