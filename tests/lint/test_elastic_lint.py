"""What lint says of Elastic's rules: no error, and only what holds when a person looks."""

from collections import Counter

import pytest

from shared import SHARED, needs_shared
from tocsin.diagnostics import Severity
from tocsin.engine.compiled import compile_rules
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
        ("LINT102", "initial_access_potential_cpanel_whm_crlf_authentication_bypass"): 1,
        ("LINT102", "initial_access_unsecure_elasticsearch_node"): 1,
        # a dead rule
        ("LINT103", "initial_access_splunk_postgres_recovery_body_injection"): 3,
        # stars that are in the log
        ("LINT103", "persistence_gcp_gke_sensitive_role_created_or_modified"): 10,
        ("LINT103", "privilege_escalation_gcp_gke_rbac_wildcard_elevation_on_existing_role"): 2,
        ("LINT103", "credential_access_protected_storage_service_access"): 1,
        # dead values
        ("LINT104", "defense_evasion_genai_config_modification"): 1,
        (
            "LINT104",
            "command_and_control_unusual_network_connection_to_suspicious_web_service",
        ): 1,
        # a question mark that is in the log
        (
            "LINT104",
            "credential_access_kubernetes_secrets_list_cluster_and_sensitive_namespaces",
        ): 1,
        ("LINT150", "persistence_insmod_kernel_module_load"): 1,
        ("LINT151", "persistence_insmod_kernel_module_load"): 1,
        ("LINT150", "credential_access_high_volume_of_pbpaste"): 1,
        ("LINT151", "credential_access_high_volume_of_pbpaste"): 1,
    }
    assert [stems[one.rule_id] for one in found if one.code == "LINT111"] == [
        "privilege_escalation_endgame_process_injection_prevented"
    ]


def test_a_dead_pattern_of_a_table(rules):
    """``like`` with the percent signs of SQL: the rule finds nothing."""
    tables = [rule for rule in rules if rule.language == "esql" and rule.maturity == "production"]
    told = compile_rules(tables).diagnostics
    names = {one.rule_id for one in told if one.code == "ESQ152"}
    assert {file_stem(rule) for rule in tables if rule.id in names} == {
        "execution_aws_ec2_lolbin_via_ssm"
    }


def test_sixteen_dead_patterns_and_two_that_are_meant(rules):
    """``==`` and ``in`` with a star: Windows logs shares with one, and appcmd has an argument."""
    eql = [rule for rule in rules if rule.language == "eql" and rule.maturity == "production"]
    told = compile_rules(eql).diagnostics
    names = {one.rule_id for one in told if one.code == "EQL150"}
    meant = {"discovery_net_share_discovery_winlog", "credential_access_iis_apppoolsa_pwd_appcmd"}
    stems = {file_stem(rule) for rule in eql if rule.id in names}
    assert meant < stems
    assert len(stems) == 18


def test_comments_with_other_words_allow_nothing(found, rules):
    judged = judge(found, rules)
    assert judged.diagnostics == tuple(found)
    assert judged.allowed == ()
