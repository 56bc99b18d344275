"""Webhooks against a real server: bodies, signatures, and what answers mean."""

import hashlib
import hmac
import ssl
from threading import Event

import pytest

from sinks.delivering import change, serving
from tocsin.sinks.http import Poster, Tls
from tocsin.sinks.sink import TAKEN, RefusedError, UnreachableError
from tocsin.sinks.webhook import Webhook

NOW = 1_787_313_600_999


@pytest.fixture
def server():
    with serving() as server:
        yield server


@pytest.fixture
def hook(server):
    made = []

    def make(**options):
        made.append(Webhook(Poster(server.url + "/hook?token=t0p", timeout=5), **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_an_alert_as_json(hook, server):
    assert hook().send([change(7)], NOW) == TAKEN
    (asked,) = server.asked
    assert asked.path == "/hook?token=t0p"
    assert asked.headers["Content-Type"] == "application/json"
    (alert,) = asked.json["alerts"]
    assert (alert["id"], alert["kind"]) == ("id-7", "new")
    assert alert["alert"]["kibana.alert.uuid"] == "id-7"
    assert "X-Tocsin-Signature" not in asked.headers


def test_several_alerts_in_one_body(hook, server):
    hook(batch=3).send([change(1), change(2, "updated")], NOW)
    (asked,) = server.asked
    assert [each["kind"] for each in asked.json["alerts"]] == ["new", "updated"]


def test_the_signature_is_over_time_and_body(hook, server):
    hook(secret=b"s3cret", headers={"Authorization": "Bearer x"}).send([change(1)], NOW)
    (asked,) = server.asked
    assert asked.headers["Authorization"] == "Bearer x"
    assert asked.headers["X-Tocsin-Timestamp"] == "1787313600"
    expected = hmac.new(b"s3cret", b"1787313600." + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["X-Tocsin-Signature"] == f"v1={expected}"


@pytest.mark.parametrize("status", [429, 503])
def test_answers_that_ask_for_patience(hook, server, status):
    server.answers = [(status, {"Retry-After": "7"}, b"later")]
    with pytest.raises(UnreachableError, match=f"localhost answered {status}: later") as caught:
        hook().send([change(1)], NOW)
    assert caught.value.after == 7


def test_a_time_in_retry_after_is_a_time(hook, server):
    server.answers = [(429, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, b"")]
    with pytest.raises(UnreachableError) as caught:
        hook().send([change(1)], NOW)
    assert caught.value.after > 1e6


@pytest.mark.parametrize("status", [401, 403, 404, 500, 502])
def test_answers_that_take_nothing(hook, server, status):
    server.answers = [(status, {}, b"")]
    with pytest.raises(RefusedError, match=str(status)):
        hook().send([change(1)], NOW)


def test_redirects_are_not_followed(hook, server):
    with serving() as other:
        server.answers = [(307, {"Location": other.url + "/elsewhere"}, b"")]
        with pytest.raises(RefusedError, match="redirects are not followed"):
            hook().send([change(1)], NOW)
        assert other.asked == []
    assert len(server.asked) == 1


def test_a_bad_alert_is_found_among_others(hook, server):
    def judge(asked):
        bad = any(each["id"] == "id-2" for each in asked.json["alerts"])
        return (400, {}, b"no such field") if bad else (200, {}, b"")

    server.answers = [judge] * 4
    outcome = hook(batch=3).send([change(1), change(2), change(3)], NOW)
    ((refused, why),) = outcome.refused
    assert refused.number == 2
    assert why == "localhost answered 400: no such field"
    assert [len(asked.json["alerts"]) for asked in server.asked] == [3, 1, 1, 1]


def test_no_answer_at_all(hook, server):
    server.answers = [None]
    with pytest.raises(UnreachableError, match="localhost") as caught:
        hook().send([change(1)], NOW)
    assert "t0p" not in str(caught.value)


def test_nobody_listens(server):
    url = server.url
    hook = Webhook(Poster(url.replace(url.rpartition(":")[2], "1"), timeout=5))
    with pytest.raises(UnreachableError, match="no connection"):
        hook.send([change(1)], NOW)
    hook.close()


def test_an_answer_without_an_end_is_no_answer(hook, server, monkeypatch):
    monkeypatch.setattr("tocsin.sinks.http.ANSWER", 1000)
    server.answers = [(200, {}, b"x" * 100_000)]
    with pytest.raises(UnreachableError, match="too long"):
        hook().send([change(1)], NOW)


def test_the_connection_is_kept_and_made_anew(hook, server):
    each = hook()
    server.answers = [(200, {}, b"a"), (200, {"Connection": "close"}, b""), (200, {}, b"")]
    for number in range(3):
        assert each.send([change(number)], NOW) == TAKEN


def test_a_server_that_says_nothing_is_not_waited_for(server):
    asleep = Event()

    def wait(_):
        asleep.wait(20)

    server.answers = [wait]
    poster = Poster(server.url, timeout=0.1)
    with pytest.raises(UnreachableError, match="no answer in time"):
        Webhook(poster).send([change(1)], NOW)
    asleep.set()
    poster.close()


def test_a_proxy(server):
    poster = Poster("http://soc.example/hook", timeout=5, proxy=server.url)
    assert Webhook(poster).send([change(1)], NOW) == TAKEN
    assert server.asked[0].path == "http://soc.example/hook"
    poster.close()


def test_tls_demands_a_certificate_that_is_known(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with serving(context) as server:
        known = Poster(server.url, tls=Tls(ca=str(certificate / "cert.pem")), timeout=5)
        assert Webhook(known).send([change(1)], NOW) == TAKEN
        known.close()
        unknown = Poster(server.url, timeout=5)
        with pytest.raises(UnreachableError, match="certificate"):
            Webhook(unknown).send([change(1)], NOW)
        unknown.close()
        assert len(server.asked) == 1
