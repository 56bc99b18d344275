"""ATT&CK as data: ids, names and what belongs to what; generated from the facts."""

import importlib.util
import json
from pathlib import Path

from shared import SHARED, needs_shared
from tocsin.schema.attack import release, tactics, techniques

ROOT = Path(__file__).resolve().parent.parent.parent


def test_tactics_and_techniques():
    assert tactics()["TA0002"].name == "Execution"
    assert tactics()["TA0002"].reference == "https://attack.mitre.org/tactics/TA0002/"
    shell = techniques()["T1059.004"]
    assert (shell.name, shell.tactics) == ("Unix Shell", {"TA0002"})
    assert shell.reference == "https://attack.mitre.org/techniques/T1059/004/"
    assert techniques()["T1497.003"].names == ("Time Based Evasion", "Time Based Checks")


def test_the_table_is_whole():
    assert len(tactics()) == 14
    for entry in techniques().values():
        assert entry.tactics <= tactics().keys()
        assert entry.id.partition(".")[0] in techniques()


@needs_shared
def test_the_table_is_generated():
    spec = importlib.util.spec_from_file_location("make", ROOT / "tools" / "make_attack.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    lines = make.TARGET.read_text(encoding="utf-8").splitlines()
    known = json.loads((SHARED / "facts" / "attack.json").read_text(encoding="utf-8"))
    assert lines == [make.NOTICE, f"# Release {release()}", *make.rows(known)]
    assert make.release(known) == release()
