"""``tocsin serve`` sees what happens to its store and its certificate while it runs."""

import json
import os
import shutil
import signal
import ssl
import subprocess
import time
from urllib.error import HTTPError

import pytest
from serve_process import serving

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")

OPENSSL = shutil.which("openssl")

RULE = """
[rule]
name = "Curl"
description = "For a test."
rule_id = "curl-1"
risk_score = 50
severity = "medium"
type = "eql"
language = "eql"
index = ["logs-*"]
query = '''process where process.name == "curl"'''
"""


@pytest.fixture(autouse=True)
def rules(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "curl.toml").write_text(RULE)
    return folder


def become(look, wanted, seconds=60):
    """Wait until something looks as it is to."""
    until = time.monotonic() + seconds
    while (found := look()) != wanted:
        assert time.monotonic() < until, found
        time.sleep(0.05)


def troubles(serve):
    """What `/ready` says; its status fits."""
    try:
        answer, ready = serve.get("/ready"), True
    except HTTPError as error:
        answer, ready = error.read(), error.code != 503
    found = json.loads(answer)
    assert found["ready"] == ready == (not found["troubles"])
    return found["troubles"]


def certificate(folder):
    """A certificate for localhost, and its key, in PEM."""
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -days 2 -subj /CN=localhost"
    named = ["-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"]
    subprocess.run(  # noqa: S603 - a command of ours
        [str(OPENSSL), *words.split(), *named], check=True, capture_output=True
    )
    return (folder / "cert.pem").read_text()


def test_a_store_that_is_gone_is_told_and_so_is_one_that_is_back(cli, tmp_path, rules):
    file = tmp_path / "data" / "tocsin.db"
    with serving(tmp_path) as serve:
        assert troubles(serve) == []
        other = cli("serve", "--data", "other", "--store", file, "--listen", "0", "-r", rules)
        assert other.status == 2
        assert "another engine uses this store" in other.err
        file.rename(tmp_path / "elsewhere")
        gone = f"no alert is kept: {file}: the file is gone, or is another one"
        become(lambda: [text[: len(gone)] for text in troubles(serve)], [gone])
        assert not file.exists()
        (tmp_path / "elsewhere").rename(file)
        become(lambda: troubles(serve), [])
        serve.said("the store can be used again")


def test_new_rules_wait_for_a_journal_that_is_gone(tmp_path, rules):
    folder = tmp_path / "data" / "journal"
    with serving(tmp_path) as serve:
        folder.rename(tmp_path / "elsewhere")
        gone = f"no event is accepted: {folder}: the folder is gone, or is another one"
        become(lambda: [text[: len(gone)] for text in troubles(serve)], [gone])
        (rules / "curl.toml").write_text(RULE.replace('"curl"', '"wget"'))
        serve.process.send_signal(signal.SIGHUP)
        serve.said("the new rules cannot be put to work yet", begins=True)
        (tmp_path / "elsewhere").rename(folder)
        serve.said("the new rules are put to work")
        serve.said("rules reloaded")
        become(lambda: troubles(serve), [])


@pytest.mark.skipif(OPENSSL is None, reason="needs the openssl command")
def test_a_certificate_that_is_renewed_is_used_without_a_restart(tmp_path):
    first = certificate(tmp_path)
    options = ("--tls-cert", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem")
    with serving(tmp_path, *options) as serve:
        host, _, port = serve.url.removeprefix("https://").partition(":")

        def shown():
            return ssl.get_server_certificate((host, int(port)), timeout=10).split()

        assert shown() == first.split()
        second = certificate(tmp_path)
        assert second != first
        become(shown, second.split())
