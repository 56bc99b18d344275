"""Fields and values, decoded as the kernel and its programs code them."""

import pytest

from tocsin.inputs.audit import kernel_names, sockaddr
from tocsin.inputs.audit.fields import read_fields
from tocsin.inputs.audit.records import Block, read_stretches


def fields_of(kind: str, body: str):
    line = f"type={kind} msg=audit(1.000:1): {body}".encode()
    (stretch,) = read_stretches(Block.of([line], [1]), "", [])
    (fields,) = read_fields([stretch.text])
    return fields


def hexed(text: str | bytes) -> str:
    return (text.encode() if isinstance(text, str) else text).hex().upper()


@pytest.mark.parametrize(
    ("kind", "body", "data"),
    [
        ("SYSCALL", 'comm="ls" exe="/bin/ls"', {"comm": "ls", "exe": "/bin/ls"}),
        ("SYSCALL", f"comm={hexed('tmux: server')}", {"comm": "tmux: server"}),
        ("SYSCALL", f"exe={hexed('/srv/a b (deleted)')}", {"exe": "/srv/a b (deleted)"}),
        ("SYSCALL", "a0=DEADBEEF a1=7ffe", {"a0": "DEADBEEF", "a1": "7ffe"}),
        ("SYSCALL", "auid=4294967295 ses=4294967295", {"auid": "unset", "ses": "unset"}),
        ("SYSCALL", "auid=-1", {"auid": "unset"}),
        ("SYSCALL", "success=yes exit=3", {"result": "success", "exit": "3"}),
        ("SYSCALL", "success=no exit=-13", {"result": "fail", "exit": "EACCES"}),
        ("SYSCALL", "exit=-512", {"exit": "ERESTARTSYS"}),
        ("SYSCALL", "exit=-4000", {"exit": "-4000"}),
        ("SYSCALL", "tty=(none) key=(null)", {"tty": "(none)"}),
        ("SYSCALL", "subj=unconfined", {"subj_user": "unconfined"}),
        ("SYSCALL", "subj==unconfined", {"subj_user": "unconfined"}),
        ("CWD", " cwd=" + hexed("/srv/größe"), {"cwd": "/srv/größe"}),
        ("CWD", 'cwd="/srv/it\'s"', {"cwd": "/srv/it's"}),
        ("PATH", "item=0 name=(null) inode=7", {"item": "0", "inode": "7"}),
        ("PATH", f"name={hexed('a')}Z", {"name": "61Z"}),
        ("PATH", "name=2F746D7", {"name": "2F746D7"}),
        ("PATH", f"name={hexed(b'/srv/' + bytes([255]))}", {"name": "/srv/\ufffd"}),
        ("PROCTITLE", f"proctitle={hexed('ls' + chr(0) + '-l')}", {"proctitle": "ls -l"}),
        ("PROCTITLE", 'proctitle="bash"', {"proctitle": "bash"}),
        ("TTY", f"data={hexed('id' + chr(13))}", {"data": "id\r"}),
        ("USER_CMD", f"msg='cwd=\"/\" cmd={hexed('ls -l')} res=success'", None),
        ("LOGIN", "old auid=4294967295 new auid=0", {"old_auid": "unset", "new_auid": "0"}),
        ("USER_LOGIN", f"msg='op=login acct={hexed('(unknown)')} res=failed'", None),
        ("CONFIG_CHANGE", "res=1", {"result": "success"}),
        ("CONFIG_CHANGE", "op= list=4", {"list": "4"}),
        ("SOCKADDR", "saddr=zz", {"saddr": "zz"}),
        ("SOCKADDR", "saddr=02", {"saddr": "02"}),
        ("SOCKADDR", "saddr=0200281A0A14000C0000000000000000", None),
        ("SECCOMP", "arch=c000003e syscall=59 sig=31", None),
    ],
)
def test_values(kind, body, data):
    expected = {
        "USER_CMD": {"cwd": "/", "cmd": "ls -l", "result": "success"},
        "USER_LOGIN": {"op": "login", "acct": "(unknown)", "result": "fail"},
        "SOCKADDR": {"family": "ipv4", "addr": "10.20.0.12", "port": "10266"},
        "SECCOMP": {"arch": "x86_64", "syscall": "execve", "sig": "SIGSYS"},
    }
    assert fields_of(kind, body).data == (expected[kind] if data is None else data)


def test_a_programs_message_overrides_what_stands_before_it():
    fields = fields_of(
        "USER_ACCT", "pid=9 uid=0 msg='x uid=1004 hostname=? terminal=ssh res=success'"
    )
    assert fields.data == {"pid": "9", "uid": "1004", "terminal": "ssh", "result": "success"}


def test_a_message_in_the_wording_of_old_programs():
    fields = fields_of(
        "USER_START",
        'user pid=9 uid=0 auid=0 msg=\'PAM: session open acct="root" : '
        'exe="/usr/sbin/crond" (hostname=web, addr=10.0.0.1, terminal=cron res=success)\'',
    )
    assert fields.data["hostname"] == "web"
    assert fields.data["addr"] == "10.0.0.1"
    assert fields.data["terminal"] == "cron"
    assert fields.data["result"] == "success"


def test_decisions_of_selinux():
    for kind, body in (
        ("AVC", "avc:  denied  { read write } for  pid=7 scontext=a:b:c:s0 tclass=file"),
        ("USER_AVC", "pid=7 msg='avc:  denied  { read write } for scontext=a:b:c:s0 tclass=file'"),
    ):
        data = fields_of(kind, body).data
        assert data["seresult"] == "denied"
        assert data["seperms"] == "read,write"
        assert data["scontext"] == "a:b:c:s0"


@pytest.mark.parametrize(
    ("key", "tags"),
    [
        ('key="exec"', ["exec"]),
        ('key="key=exec"', ["exec"]),
        ("key=" + hexed("exec\x01net"), ["exec", "net"]),
        ("key=(null)", []),
    ],
)
def test_keys_of_the_audit_rules(key, tags):
    assert list(fields_of("SYSCALL", key).tags) == tags


@pytest.mark.parametrize(
    ("body", "arguments"),
    [
        ('argc=2 a0="ls" a1="-l"', ["ls", "-l"]),
        (f'argc=2 a0="sh" a1={hexed("echo a b")}', ["sh", "echo a b"]),
        ('argc=2 a0="x" a1=""', ["x", ""]),
        ('argc=1 a0="it\'s"', ["it's"]),
        ('argc=2 a0="echo" a1="DEAD"', ["echo", "DEAD"]),
        ("argc=1 a0=DEA", ["DEA"]),
        (f"argc=1 a0={hexed('ab' + chr(0) + 'cd')}", ["ab"]),
    ],
)
def test_arguments(body, arguments):
    fields = fields_of("EXECVE", body)
    assert fields.arguments[2::3] == arguments
    assert fields.data == {"argc": body[5]}


def test_arguments_in_parts():
    fields = fields_of("EXECVE", f'argc=3 a1_len=20000 a1[0]="abc" a1[1]={hexed("d e")} a2="z"')
    assert fields.arguments == [1, 0, "abc", 1, 1, "d e", 2, 0, "z"]


def test_names_that_auditd_adds():
    fields = fields_of(
        "SYSCALL",
        "arch=c000003e syscall=9999 auid=1000 uid=0 gid=7 euid=5"
        '\x1dARCH=x86_64 SYSCALL=futurecall AUID="eve" UID="root" GID="staff" EUID="unknown(5)"',
    )
    assert fields.data["syscall"] == "futurecall"
    assert fields.users == {"1000": "eve", "0": "root"}
    assert fields.groups == {"7": "staff"}


@pytest.mark.parametrize(
    ("arch", "number", "name"),
    [
        ("c000003e", "59", "execve"),
        ("40000003", "11", "execve"),
        ("c00000b7", "221", "execve"),
        ("40000028", "11", "execve"),
        ("c0000015", "11", "execve"),
        ("80000016", "11", "execve"),
        ("c00000f3", "221", "execve"),
        ("c0000102", "221", "execve"),
        ("c000003e", "452", "fchmodat2"),
        ("c000003e", str(0x40000000 + 59), "execve"),  # x32: its bit is not part of the number
        ("c000003e", "99999", "99999"),
    ],
)
def test_system_calls(arch, number, name):
    data = fields_of("SYSCALL", f"arch={arch} syscall={number}").data
    assert data["syscall"] == name


def test_an_unknown_architecture_stays_a_number():
    assert fields_of("SYSCALL", "arch=beef syscall=1").data == {"arch": "beef", "syscall": "1"}
    assert fields_of("SYSCALL", "arch=what syscall=1").data == {"arch": "what", "syscall": "1"}


@pytest.mark.parametrize(
    ("saddr", "parts"),
    [
        ("02001F907F000001" + "00" * 8, {"family": "ipv4", "addr": "127.0.0.1", "port": "8080"}),
        ("00021F907F000001" + "00" * 8, {"family": "ipv4", "addr": "127.0.0.1", "port": "8080"}),
        (
            "0A0000350000000020010DB8" + "00" * 11 + "01" + "00000000",
            {"family": "ipv6", "addr": "2001:db8::1", "port": "53"},
        ),
        (
            "0A00280A0000000000000000000000000000FFFF0A14000B00000000",
            {"family": "ipv6", "addr": "10.20.0.11", "port": "10250"},
        ),
        (
            "0A00003500000007" + "00" * 15 + "01" + "00000000",
            {"family": "ipv6", "addr": "::1", "port": "53", "flow": "7"},
        ),
        ("0100" + hexed("/run/x.sock\0garbage"), {"family": "unix", "path": "/run/x.sock"}),
        ("0100" + hexed("\0name\0\0"), {"family": "unix", "path": "@name"}),
        ("0100", {"family": "unix"}),
        ("0100" + "00" * 20, {"family": "unix"}),
        ("100000000000000000000000", {"family": "netlink", "saddr": "100000000000000000000000"}),
        ("0200280A", {"family": "ipv4", "saddr": "0200280A"}),
        ("1100FFFF", {"family": "17", "saddr": "1100FFFF"}),
    ],
)
def test_socket_addresses(saddr, parts):
    assert sockaddr.decode(saddr) == parts


def test_record_types_have_numbers():
    types = kernel_names.record_types()
    assert types["SYSCALL"] == 1300
    assert types["APPARMOR_DENIED"] == 1503
    assert kernel_names.record_type_names()[1400] == "AVC"


def test_a_number_of_a_call_in_digits_that_are_none():
    data = fields_of("SYSCALL", "arch=c000003e syscall=" + "\u00b2" * 10).data
    assert data["syscall"] == "\u00b2" * 10


@pytest.mark.parametrize("blank", ["\x1c", "\x85", "\xa0", "\u1680", "\u2003", "\u2028", "\u3000"])
def test_whatever_is_white_space_ends_a_value(blank):
    assert fields_of("SYSCALL", f"a=1{blank}b=2").data == {"a": "1", "b": "2"}
    assert fields_of("EXECVE", f'a0=1{blank}a1="2"').arguments == [0, 0, "1", 1, 0, "2"]


@pytest.mark.parametrize("text", ["\xe9", "\u2010", "\u2060", "\u20ac", "\u3001", "\u16a0"])
def test_what_only_begins_like_white_space_does_not(text):
    assert fields_of("SYSCALL", f"a=1{text}b=2").data == {"a": f"1{text}b=2"}


def test_bytes_that_are_no_utf8():
    line = b'type=CWD msg=audit(1.000:1): cwd="/\xe2\x80x\xff" a=\xe2\x80'
    (fields,) = read_fields([line])
    assert fields.data == {"cwd": "/\ufffdx\ufffd", "a": "\ufffd"}


def test_characters_that_json_does_not_take_as_they_are():
    said = "".join(map(chr, range(1, 127))).replace('"', "").replace("\n", "").replace("\x1d", "")
    assert fields_of("CWD", f'cwd="{said}"').data == {"cwd": said}
    assert fields_of("CWD", "cwd=" + hexed(said + '"\n')).data == {"cwd": said + '"\n'}
