"""Sinks as a configuration names them; what is wrong is told all at once, without secrets."""

import base64
import json
import tomllib

import pytest

from sinks.delivering import Outbox, change, serving
from tocsin.sinks.checks import TYPES
from tocsin.sinks.config import SinkConfigError, read_sinks
from tocsin.sinks.opened import open_pumps
from tocsin.sinks.pump import Patience, Wants
from tocsin.sinks.secret import Secret

ENVIRONMENT = {"HOOK": "s3cret", "TOKEN": "Bearer t0p", "EMPTY": "", "BREAK": "a\nb"}


def read(text, *urls):
    return read_sinks(tomllib.loads(text).get("sinks"), urls, ENVIRONMENT)


def problems(text, *urls):
    with pytest.raises(SinkConfigError) as caught:
        read(text, *urls)
    return list(caught.value.problems)


def test_a_webhook():
    (found,) = read("""
        [[sinks]]
        type = "webhook"
        url = "https://soc.example/hook"
        secret = { env = "HOOK" }
        headers = { Authorization = { env = "TOKEN" }, X-Team = "blue" }
        batch = 10
        min_severity = "high"
        building_blocks = true
        tries = 5
        longest_wait = 60
        start = "beginning"
    """)
    assert found.name == "webhook-soc.example"
    assert found.options["secret"] == Secret("s3cret")
    assert found.options["headers"]["Authorization"].value == "Bearer t0p"
    assert found.wants == Wants("high", building_blocks=True)
    assert found.patience == Patience(tries=5, longest=60.0)
    assert not found.from_now
    assert "s3cret" not in repr(found)
    assert "t0p" not in repr(found)


def test_each_type_and_its_url():
    told = read(
        """
        [[sinks]]
        type = "file"
        path = "/var/log/alerts.ndjson"
        max_bytes = 5000
        [[sinks]]
        name = "index"
        type = "elasticsearch"
        url = "https://es.example:9200"
        space = "blue"
        api_key = { env = "HOOK" }
        """,
        "-",
        "file:alerts.ndjson?max_bytes=4096&keep=3",
        "https://soc.example/hook?token=1",
        "syslog+udp://logs.example",
        "syslog+tls://logs.example:7000?ca=/ca.pem&facility=audit",
        "syslog+unix:/dev/log",
        "elasticsearch+https://es.example:9200/alerts?api_key_env=HOOK",
    )
    assert [(each.type, each.name) for each in told] == [
        ("file", "file-var-log-alerts.ndjson"),
        ("elasticsearch", "index"),
        ("stdout", "stdout"),
        ("file", "file-alerts.ndjson"),
        ("webhook", "webhook-soc.example"),
        ("syslog", "syslog-logs.example"),
        ("syslog", "syslog-logs.example-7000"),
        ("syslog", "syslog-dev-log"),
        ("elasticsearch", "elasticsearch-es.example-9200"),
    ]
    assert told[3].options == {"path": "alerts.ndjson", "max_bytes": 4096, "keep": 3}
    assert told[4].options["url"] == "https://soc.example/hook?token=1"
    assert told[6].options["ca"] == "/ca.pem"
    assert told[8].options["index"] == "alerts"
    assert told[8].options["api_key"] == Secret("s3cret")


def test_secrets_in_files(tmp_path):
    (tmp_path / "key").write_text("from a file\n")
    (found,) = read(f"""
        [[sinks]]
        type = "webhook"
        url = "https://soc.example/"
        secret = {{ file = "{tmp_path}/key" }}
    """)
    assert found.options["secret"].value == "from a file"


def test_paths_count_from_the_folder_of_the_file(tmp_path):
    (tmp_path / "key").write_text("s3cret")
    tables = [{"type": "file", "path": "out"}, {"type": "file", "path": "/out"}]
    tables.append({"type": "webhook", "url": "https://x", "ca": "c", "secret": {"file": "key"}})
    found = read_sinks(tables, ["file:other"], {}, tmp_path)
    paths = [each.options.get("path") for each in found]
    assert paths == [f"{tmp_path}/out", "/out", None, "other"]
    assert found[2].options["ca"] == f"{tmp_path}/c"
    assert found[2].options["secret"].value == "s3cret"


def test_all_that_is_wrong_is_told():
    assert problems("""
        [[sinks]]
        type = "webhok"
        [[sinks]]
        type = "webhook"
        urls = "https://soc.example"
        batch = 0
        min_severity = "hihg"
        secret = { env = "NOT_THERE" }
        [[sinks]]
        type = "file"
        path = ""
        tries = true
        [[sinks]]
        type = "elasticsearch"
        url = "https://root:pw@es.example"
        user = "root"
    """) == [
        f"sinks[1].type: is one of {', '.join(TYPES)}; did you mean `webhook`?",
        "sinks[2].urls: no sink of type webhook has this; did you mean `url`?",
        "sinks[2].batch: is a whole number from 1 to 1000",
        "sinks[2].min_severity: is one of low, medium, high, critical; did you mean `high`?",
        "sinks[2]: a sink of type webhook needs `url`",
        "sinks[2].secret: the variable NOT_THERE is not set",
        "sinks[3].path: is a text",
        "sinks[3].tries: is a whole number from 1 to 1000",
        "sinks[4].url: holds a name or password; name a variable or a file for it instead",
        "sinks[4]: `user` and `password` belong together",
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('secret = "plain"', 'is `{ env = "NAME" }`'),
        ('secret = { env = "EMPTY" }', "EMPTY is not set"),
        ('secret = { file = "/nothing/there" }', "/nothing/there cannot be read: No such file"),
        ('headers = { Authorization = { env = "BREAK" } }', "control character"),
        ('headers = { "a b" = "c" }', "table of headers"),
        ('headers = { a = "b\\r\\nc: d" }', "line break"),
        ('proxy = "socks://x"', "http:// or https://"),
        ('key = "k.pem"', "`key` is that of a `certificate`"),
        ('url = "ftp://x"', "https:// or http://"),
        ('url = "https://x:99999"', "is no URL"),
        ('url = "https:///path"', "begins with"),
        ('name = "../x"', "short name"),
    ],
)
def test_what_a_webhook_may_not_be_told(line, said):
    url = "" if line.startswith("url") else 'url = "https://soc.example"\n'
    (problem,) = problems(f'[[sinks]]\ntype = "webhook"\n{url}{line}')
    assert said in problem


def test_secrets_never_go_over_the_network_in_the_open():
    text = '[[sinks]]\ntype="webhook"\nurl="http://{}/"\nheaders={{ A={{env="TOKEN"}} }}'
    assert "https:// only" in problems(text.format("soc.example"))[0]
    assert read(text.format("localhost:8080"))
    assert read(text.format("127.0.0.1"))


def test_a_url_that_is_a_secret():
    environment = {"URL": "https://chat.example/hooks/T0P-SECRET"}
    tables = [{"type": "webhook", "url": {"env": "URL"}}]
    (found,) = read_sinks(tables, (), environment)
    assert found.options["url"] == environment["URL"]
    assert found.name == "webhook-chat.example"
    assert "T0P" not in repr(found)
    (problem,) = problems('[[sinks]]\ntype = "webhook"\nurl = { env = "NOT_THERE" }')[:1]
    assert "NOT_THERE is not set" in problem


def test_two_of_one_name():
    assert problems("", "-", "-") == ["sinks: two are called stdout; give each a `name` of its own"]


def test_urls_that_are_none_show_no_password():
    (problem,) = problems("", "gopher://me:pass@x/?secret=1")
    assert problem.startswith("--sink gopher://***@x/: a sink is")
    assert "pass" not in problem.partition("a sink is")[0]


def test_sinks_that_are_no_tables():
    assert problems("sinks = 3") == ["sinks: each sink is a table of its own, [[sinks]]"]
    assert problems("sinks = [3]") == ["sinks[1]: each sink is a table, [[sinks]]"]
    assert read("") == ()


def test_from_a_configuration_to_an_answer(tmp_path):
    with serving() as server:
        item = {"items": [{"create": {"status": 201}}]}
        server.answers = [(200, {}, json.dumps(item).encode())]
        settings = read(
            f"""
            [[sinks]]
            type = "elasticsearch"
            url = "{server.url}/"
            user = "elastic"
            password = {{ env = "HOOK" }}
            space = "blue"
            start = "beginning"
            """,
            f"file:{tmp_path}/out.ndjson",
        )
        outbox = Outbox(change(1))
        pumps = open_pumps(settings, outbox, tmp_path / "dead")
        for pump in pumps:
            pump.step(0, 0.0)
            pump.close()
        (asked,) = server.asked
    assert asked.path == "/_bulk"
    assert base64.b64decode(asked.headers["Authorization"].split()[1]) == b"elastic:s3cret"
    assert b".alerts-security.alerts-blue" in asked.body
    assert not (tmp_path / "out.ndjson").exists(), "it begins with what comes next"
    assert [pump.counts.sent for pump in pumps] == [1, 0]


def test_certificates_that_cannot_be_read(tmp_path):
    settings = read("", "syslog+tls://logs.example?ca=/nothing/there")
    with pytest.raises(SinkConfigError, match=r"syslog-logs\.example: .*No such file"):
        open_pumps(settings, Outbox(), tmp_path)


def test_a_file_has_a_name():
    assert problems("", "file:") == ["--sink file:: names no file"]
