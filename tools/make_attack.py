"""Write src/tocsin/schema/attack.tsv from the ATT&CK facts in ../shared.

    python tools/make_attack.py [FACTS]

The second line says which release it is. A row is an id, its name, the tactics that a technique
belongs to (none for a tactic), and further names that releases of ATT&CK have given it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
FACTS = HERE.parent / "shared" / "facts" / "attack.json"
TARGET = HERE / "src" / "tocsin" / "schema" / "attack.tsv"

NOTICE = "# Ids and names of MITRE ATT&CK, a registered trademark of The MITRE Corporation."
RENAMED = {"T1497.003": "Time Based Checks"}
"""Names of later releases, for ids that the facts have under an older one."""


def release(known: dict[str, object]) -> str:
    """The release that the facts say they are of."""
    found = re.search(r"\bv(\d+(?:\.\d+)?)\b", str(known["source"]))
    if found is None:
        raise SystemExit("the facts do not say of which release of ATT&CK they are")
    return found[1]


def rows(known: dict[str, object]) -> list[str]:
    """All rows by id: tactics, then techniques, each with its sub-techniques behind it."""
    found = [f"{name}\t{row['name']}\t\t" for name, row in sorted(known["tactics"].items())]
    for name, row in sorted(known["techniques"].items()):
        tactics = " ".join(sorted(row["tactics"]))
        found.append(f"{name}\t{row['name']}\t{tactics}\t{RENAMED.get(name, '')}")
    return [line.rstrip("\t") for line in found]


def main() -> None:
    facts = Path(sys.argv[1]) if len(sys.argv) > 1 else FACTS
    known = json.loads(facts.read_text(encoding="utf-8"))
    found = rows(known)
    text = "\n".join([NOTICE, f"# Release {release(known)}", *found]) + "\n"
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    print(f"{len(found)} ids written to {TARGET.relative_to(HERE)}")


if __name__ == "__main__":
    main()
