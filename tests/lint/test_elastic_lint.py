"""What lint says of Elastic's rules: no error, and only what holds when a person looks."""

from collections import Counter

import pytest

from shared import SHARED, needs_shared
from tocsin.diagnostics import Severity
from tocsin.lint import judge, lint
from tocsin.rules.load import load
from tocsin.rules.select import file_stem

pytestmark = needs_shared


@pytest.fixture(scope="module")
def rules():
    return load([SHARED / "elastic-rules.tar.gz"])


@pytest.fixture(scope="module")
def found(rules):
    return lint(rules)


def test_no_error(found):
    assert [one.message for one in found if one.severity is Severity.ERROR] == []


def test_23_sequences_reach_beyond_their_schedule(found):
    assert sum(one.code == "LINT110" for one in found) == 23


def test_the_rest_is_what_a_person_would_tell(found, rules):
    stems = {rule.id: file_stem(rule) for rule in rules}
    rest = Counter((one.code, stems[one.rule_id]) for one in found if one.code[:6] != "LINT11")
    assert rest == {
        ("LINT150", "persistence_insmod_kernel_module_load"): 1,
        ("LINT151", "persistence_insmod_kernel_module_load"): 1,
        ("LINT150", "credential_access_high_volume_of_pbpaste"): 1,
        ("LINT151", "credential_access_high_volume_of_pbpaste"): 1,
    }
    assert [stems[one.rule_id] for one in found if one.code == "LINT111"] == [
        "privilege_escalation_endgame_process_injection_prevented"
    ]


def test_comments_with_other_words_allow_nothing(found, rules):
    judged = judge(found, rules)
    assert judged.diagnostics == tuple(found)
    assert judged.allowed == ()
