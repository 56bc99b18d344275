"""The ECS document of an audit event."""

import orjson
import pytest

from tocsin.inputs.audit import AuditReader, kernel_names
from tocsin.inputs.audit.meanings import category
from tocsin.inputs.audit.record_meanings import RECORDS
from tocsin.inputs.audit.syscall_meanings import SYSCALLS

SYSCALL = (
    "arch=c000003e syscall={number} success=yes exit=0 a0=1 a1=2 a2=3 a3=4 items=2 ppid=7 pid=9 "
    "auid=1000 uid=1000 gid=1000 euid=0 suid=0 fsuid=0 egid=1000 sgid=1000 fsgid=1000 tty=pts0 "
    'ses=3 comm="tool" exe="/usr/bin/tool" subj=unconfined key="watch"'
)


def documents(*records: str, node: str = ""):
    reader = AuditReader("")
    prefix = f"node={node} " if node else ""
    events = []
    for number, record in enumerate(records, 1):
        kind, _, body = record.partition(" ")
        line = f"{prefix}type={kind} msg=audit(1700000000.123:42): {body}".encode()
        events += reader.feed(line, number)
    events += reader.finish()
    assert reader.rejects == []
    documents = [event.document() for event in events]
    for document in documents:
        assert orjson.loads(orjson.dumps(document)) == document
    return documents


def one(*records: str, node: str = ""):
    (document,) = documents(*records, node=node)
    return document


def syscall(number: int) -> str:
    return "SYSCALL " + SYSCALL.format(number=number)


def test_a_program_that_was_run():
    document = one(
        syscall(59),
        'EXECVE argc=3 a0="tool" a1="-s" a2=6120622063',
        'CWD cwd="/srv/app"',
        'PATH item=0 name="/usr/bin/tool" inode=5 dev=fe:00 mode=0100755 ouid=0 ogid=0 '
        "rdev=00:00 nametype=NORMAL cap_fp=0",
        'PATH item=1 name="/lib64/ld.so" inode=6 dev=fe:00 mode=0100755 nametype=NORMAL',
        "PROCTITLE proctitle=746F6F6C002D73006120622063",
        node="web-1",
    )
    assert document["@timestamp"] == "2023-11-14T22:13:20.123Z"
    assert document["event"] == {
        "kind": "event",
        "module": "auditd",
        "dataset": "auditd_manager.auditd",
        "category": ["process"],
        "type": ["start"],
        "action": "executed",
        "outcome": "success",
        "sequence": 42,
    }
    assert document["data_stream"] == {
        "type": "logs",
        "dataset": "auditd_manager.auditd",
        "namespace": "default",
    }
    assert document["process"] == {
        "pid": 9,
        "parent": {"pid": 7},
        "name": "tool",
        "executable": "/usr/bin/tool",
        "title": "tool -s a b c",
        "working_directory": "/srv/app",
        "args": ["tool", "-s", "a b c"],
        "args_count": 3,
        "command_line": "tool -s a b c",
    }
    assert document["file"] == {
        "path": "/usr/bin/tool",
        "name": "tool",
        "directory": "/usr/bin",
        "inode": "5",
        "device": "00:00",
        "mode": "0755",
        "uid": "0",
        "gid": "0",
    }
    assert document["user"] == {
        "id": "1000",
        "group": {"id": "1000"},
        "effective": {"id": "0", "group": {"id": "1000"}},
    }
    assert document["host"] == {
        "os": {"type": "linux"},
        "name": "web-1",
        "hostname": "web-1",
        "id": "web-1",
    }
    auditd = document["auditd"]
    assert auditd["message_type"] == "syscall"
    assert auditd["result"] == "success"
    assert auditd["session"] == "3"
    assert auditd["summary"] == {
        "actor": {"primary": "1000", "secondary": "1000"},
        "object": {"type": "file", "primary": "/usr/bin/tool"},
        "how": "/usr/bin/tool",
    }
    assert auditd["data"] == {
        "arch": "x86_64",
        "syscall": "execve",
        "exit": "0",
        "a0": "1",
        "a1": "2",
        "a2": "3",
        "a3": "4",
        "tty": "pts0",
        "argc": "3",
    }
    assert [path["nametype"] for path in auditd["paths"]] == ["NORMAL", "NORMAL"]
    assert auditd["user"] == {
        "audit": {"id": "1000"},
        "saved": {"id": "0", "group": {"id": "1000"}},
        "filesystem": {"id": "0", "group": {"id": "1000"}},
        "selinux": {"user": "unconfined"},
    }
    assert document["tags"] == ["watch"]


def test_a_connection_that_was_opened():
    document = one(syscall(42), "SOCKADDR saddr=0200280A0A14000C0000000000000000")
    assert document["event"]["action"] == "connected-to"
    assert document["event"]["category"] == ["network"]
    assert document["event"]["type"] == ["connection", "start"]
    assert document["destination"] == {"ip": "10.20.0.12", "address": "10.20.0.12", "port": 10250}
    assert document["network"] == {"direction": "egress"}
    assert document["auditd"]["data"]["socket"] == {
        "family": "ipv4",
        "addr": "10.20.0.12",
        "port": "10250",
    }
    assert document["auditd"]["summary"]["object"] == {
        "type": "socket",
        "primary": "10.20.0.12",
        "secondary": "10250",
    }


@pytest.mark.parametrize(
    ("number", "side", "direction"),
    [
        (43, "source", "ingress"),
        (288, "source", "ingress"),
        (45, "source", "ingress"),
        (47, "source", "ingress"),
        (44, "destination", "egress"),
        (46, "destination", "egress"),
        (49, "", ""),
    ],
)
def test_which_side_an_address_is_on(number, side, direction):
    document = one(syscall(number), "SOCKADDR saddr=0200280A0A14000C0000000000000000")
    assert document.get("network", {}).get("direction", "") == direction
    for name in ("source", "destination"):
        assert (name in document) is (name == side)
    assert document["auditd"]["data"]["socket"]["port"] == "10250"


def test_a_local_socket():
    document = one(syscall(42), "SOCKADDR saddr=01002F72756E2F782E736F636B00")
    assert document["destination"] == {"address": "/run/x.sock"}


@pytest.mark.parametrize(
    ("number", "action", "category", "type"),
    [
        (257, "opened-file", "file", "info"),
        (437, "opened-file", "file", "info"),
        (85, "opened-file", "file", "creation"),
        (1, "wrote-to-file", "file", "change"),
        (90, "changed-file-permissions-of", "file", "change"),
        (92, "changed-file-ownership-of", "file", "change"),
        (87, "deleted", "file", "deletion"),
        (86, "linked", "file", "creation"),
        (313, "loaded-kernel-module", "driver", "start"),
        (176, "unloaded-kernel-module", "driver", "end"),
        (62, "killed-pid", "process", "end"),
        (105, "changed-identity-of", "process", "change"),
        (170, "changed-system-name", "host", "change"),
        (101, None, "process", "info"),
    ],
)
def test_what_system_calls_mean(number, action, category, type):  # noqa: A002
    event = one(syscall(number))["event"]
    assert event.get("action") == action
    assert event["category"] == [category]
    assert event["type"] == [type]


def test_a_call_that_failed():
    document = one(syscall(59).replace("success=yes exit=0", "success=no exit=-13"))
    assert document["event"]["outcome"] == "failure"
    assert document["auditd"]["result"] == "fail"
    assert document["auditd"]["data"]["exit"] == "EACCES"


def test_a_file_that_was_renamed_is_told_by_its_old_name():
    paths = (("/d/", "PARENT"), ("/d/", "PARENT"), ("/d/old", "DELETE"), ("/d/new", "CREATE"))
    document = one(
        syscall(82),
        *(f'PATH item={n} name="{name}" nametype={t}' for n, (name, t) in enumerate(paths)),
    )
    assert document["event"]["action"] == "renamed"
    assert document["file"]["path"] == "/d/old"
    assert document["file"]["directory"] == "/d"


def test_a_parent_is_not_the_file():
    document = one(
        syscall(257),
        'PATH item=0 name="/d/" nametype=PARENT',
        'PATH item=1 name="/d/f" nametype=CREATE mode=0104755',
    )
    assert document["file"] == {"path": "/d/f", "name": "f", "directory": "/d", "mode": "4755"}


def test_records_in_any_order():
    records = [
        syscall(257),
        'CWD cwd="/"',
        'PATH item=0 name="/d/" nametype=PARENT',
        'PATH item=1 name="/d/f" nametype=CREATE',
        'PROCTITLE proctitle="tool"',
    ]
    assert one(*records) == one(*reversed(records))


def test_names_from_the_log():
    names = '\x1dARCH=x86_64 AUID="eve" UID="eve" GID="staff" EUID="root" SUID="root"'
    document = one(
        syscall(59) + names,
        'PATH item=0 name="/bin/x" ouid=0 ogid=4 nametype=NORMAL\x1dOUID="root" OGID="adm"',
    )
    assert document["user"]["name"] == "eve"
    assert document["user"]["group"] == {"id": "1000", "name": "staff"}
    assert document["user"]["effective"]["name"] == "root"
    assert document["auditd"]["user"]["saved"]["name"] == "root"
    assert document["auditd"]["summary"]["actor"] == {"primary": "eve", "secondary": "eve"}
    assert document["file"]["owner"] == "root"
    assert document["file"]["group"] == "adm"


def test_a_login():
    document = one(
        'USER_LOGIN pid=18 uid=0 auid=4294967295 ses=4294967295 msg=\'op=login acct="eve" '
        'exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed\''
    )
    assert document["event"]["action"] == "logged-in"
    assert document["event"]["category"] == ["authentication"]
    assert document["event"]["outcome"] == "failure"
    assert document["user"] == {"effective": {"name": "eve"}}
    assert document["source"]["ip"] == "192.0.2.7"
    assert document["network"]["direction"] == "ingress"
    assert document["related"] == {"user": ["eve"]}
    assert "session" not in document["auditd"]
    assert document["auditd"]["data"]["terminal"] == "ssh"


def test_a_session_of_another_user():
    document = one(
        'USER_START pid=14 uid=0 auid=1002 ses=15 msg=\'op=PAM:session_open acct="bob" '
        'exe="/usr/bin/sudo" hostname=localhost addr=127.0.0.1 terminal=/dev/pts/1 res=success\''
        '\x1dUID="root" AUID="alice"'
    )
    assert document["event"]["category"] == ["session"]
    assert document["event"]["type"] == ["start"]
    assert document["user"] == {
        "id": "1002",
        "name": "alice",
        "effective": {"name": "bob"},
    }
    assert document["related"]["user"] == ["alice", "bob"]


def test_an_account_that_was_added():
    document = one(
        'ADD_USER pid=9 uid=0 auid=1000 ses=1 msg=\'op=add-user id=1004 exe="/usr/sbin/useradd" '
        'hostname=? addr=? terminal=pts/2 res=success\'\x1dUID="root" AUID="eve" ID="new"'
    )
    assert document["event"]["category"] == ["iam"]
    assert document["event"]["type"] == ["user", "creation"]
    assert document["event"]["id"] == "1004"
    assert document["user"]["target"] == {"id": "1004", "name": "new"}
    assert document["user"]["effective"] == {"id": "0", "name": "root"}
    assert document["auditd"]["summary"]["object"] == {"type": "account", "primary": "1004"}


@pytest.mark.parametrize(
    ("kind", "said", "primary"),
    [
        ("USER_ROLE_CHANGE", "selected-context=staff_u", "staff_u"),
        ("GRP_CHAUTHTOK", 'acct="crew"', "crew"),
        ("CRYPTO_KEY_USER", "fp=SHA256:00", "SHA256:00"),
    ],
)
def test_from_where_something_was_changed(kind, said, primary):
    document = one(f"{kind} pid=9 uid=0 auid=7 msg='op=x {said} hostname=h addr=192.0.2.7 res=1'")
    assert document["auditd"]["summary"]["object"] == {
        "type": "user-session",
        "primary": primary,
        "secondary": "192.0.2.7",
    }


def test_a_group_that_was_added():
    document = one(
        'ADD_GROUP pid=9 uid=0 auid=1000 ses=1 msg=\'op=add-group id=1004 exe="/usr/sbin/groupadd" '
        'res=success\'\x1dUID="root" AUID="eve" ID="crew"'
    )
    assert document["group"] == {"id": "1004", "name": "crew"}


def test_a_reason_that_comes_with_a_system_call():
    document = one(
        'AVC apparmor="DENIED" operation="ptrace" profile="web" pid=9 requested_mask="trace"',
        syscall(101),
    )
    assert document["auditd"]["message_type"] == "avc"
    assert document["event"]["action"] == "violated-apparmor-policy"
    assert document["event"]["category"] == ["process"]
    assert document["process"]["executable"] == "/usr/bin/tool"
    assert document["tags"] == ["watch"]


def test_a_kind_without_meaning_leaves_the_system_call_its_own():
    document = one('INTEGRITY_RULE file="/bin/x" hash="sha256:00"', syscall(59))
    assert document["event"]["action"] == "executed"
    assert document["auditd"]["message_type"] == "integrity_rule"


def test_a_kind_that_nobody_knows():
    document = one("BRAND_NEW op=x pid=5")
    assert document["event"]["category"] == ["unknown"]
    assert document["auditd"]["message_type"] == "brand_new"
    assert document["auditd"]["data"] == {"op": "x"}
    assert "action" not in document["event"]
    assert document["event"]["outcome"] == "unknown"


def test_what_is_left_of_an_event_whose_beginning_is_lost():
    document = one('PATH item=0 name="/x" nametype=NORMAL', 'PROCTITLE proctitle="x"')
    assert document["event"]["category"] == ["audit-rule"]
    assert document["process"]["title"] == "x"


def test_fewer_arguments_than_announced():
    document = one(syscall(59), 'EXECVE argc=5 a0="tool" a1="-s"')
    assert document["process"]["args"] == ["tool", "-s"]
    assert document["process"]["args_count"] == 5


def test_arguments_that_the_kernel_cut_in_parts():
    document = one(
        syscall(59),
        'EXECVE argc=3 a0="tool" a1_len=9 a1[0]="abc"',
        "EXECVE a1[1]=642065",
        'EXECVE a1[2]="f" a2="z"',
    )
    assert document["process"]["args"] == ["tool", "abcd ef", "z"]


def test_unset_users_are_left_out():
    line = syscall(59).replace("auid=1000", "auid=4294967295").replace(" uid=1000", " uid=-1")
    document = one(line.replace("ses=3", "ses=4294967295"))
    assert "id" not in document["user"]
    assert "audit" not in document["auditd"]["user"]
    assert "session" not in document["auditd"]


@pytest.mark.parametrize(
    ("kind", "body", "action"),
    [
        ("SERVICE_START", "msg='unit=cron res=success'", "started-service"),
        ("SERVICE_STOP", "msg='unit=cron res=success'", "stopped-service"),
        ("USER_CMD", "msg='cwd=\"/\" cmd=6C73 terminal=pts/0 res=success'", "ran-command"),
        ("CRED_ACQ", "msg='op=PAM:setcred acct=\"eve\" res=success'", "acquired-credentials"),
        ("USER_CHAUTHTOK", "msg='acct=\"eve\" res=success'", "changed-password"),
        ("CONFIG_CHANGE", 'op=add_rule key="x" list=4 res=1', "changed-audit-configuration"),
        ("NETFILTER_CFG", "table=filter:1 family=2 entries=4", "loaded-firewall-rule-to"),
        ("KERN_MODULE", 'name="nf_tables"', "loaded-kernel-module"),
        ("SECCOMP", 'arch=c000003e syscall=59 sig=31 comm="x"', "violated-seccomp-policy"),
        ("AVC", "avc:  denied  { read } for  pid=1 tclass=file", "violated-selinux-policy"),
        ("APPARMOR_DENIED", 'apparmor="DENIED" operation="open"', "violated-apparmor-policy"),
        ("ANOM_ABEND", 'auid=0 pid=3 comm="x" sig=11', "crashed-program"),
        ("ANOM_LOGIN_FAILURES", "msg='acct=\"eve\" res=failed'", "failed-log-in-too-many-times-to"),
        ("ANOM_LOGIN_TIME", "msg='res=failed'", "attempted-log-in-during-unusual-hour-to"),
        ("ANOM_PROMISCUOUS", "dev=eth0 prom=256", "changed-promiscuous-mode-on-device"),
        ("TTY", "pid=3 data=6C730D", "typed"),
        ("MAC_STATUS", "enforcing=0 old_enforcing=1", "changed-selinux-enforcement"),
        ("DAEMON_START", "op=start ver=3.0 pid=1", "started-audit"),
        ("SYSTEM_BOOT", "msg='init res=success'", "booted-system"),
        ("TIME_ADJNTPVAL", "op=freq old=0 new=1", "changed-system-time"),
        ("CRYPTO_SESSION", "msg='addr=192.0.2.7 rport=22 res=success'", "started-crypto-session"),
    ],
)  # fmt: skip
def test_kinds_of_record(kind, body, action):
    assert one(f"{kind} {body}")["event"]["action"] == action


def test_every_meaning_has_a_known_category_and_type():
    categories = {
        *("authentication", "configuration", "driver", "file", "host", "iam"),
        *("intrusion_detection", "network", "process", "session"),
    }
    types = {
        *("access", "change", "connection", "creation", "deletion", "end"),
        *("group", "info", "start", "user"),
    }
    for meaning in (*SYSCALLS.values(), *(m for rows in RECORDS.values() for m in rows)):
        assert set(meaning.category) <= categories
        assert set(meaning.type) <= types
        assert meaning.action


def test_every_meaning_is_of_a_kind_and_a_call_that_exist():
    library = {"fstatat", "futimens", "setegid", "seteuid"}  # these end as another call
    calls = {call for names in kernel_names._syscalls().values() for call in names.values()}
    assert RECORDS.keys() <= kernel_names.record_types().keys()
    assert SYSCALLS.keys() <= calls | library


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1112, "user-login"),
        (1300, "audit-rule"),
        (1503, "mac-decision"),
        (1504, "mac"),
        (None, "unknown"),
    ],
)
def test_the_audit_systems_own_categories(number, name):
    assert category(number) == name
