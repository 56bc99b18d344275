"""Brokers by their URLs: what they mean, and what is wrong with them."""

import sys

import pytest

from follow.following import Memory
from tocsin.follow.brokers import BrokerError, is_broker, open_broker

ENVIRONMENT = {"PASSWORD": "s3cret"}


def opened(url):
    follower = open_broker(url, Memory(), print, ENVIRONMENT)
    follower.close()
    return follower


def test_what_is_a_broker():
    assert is_broker("nats://x/y")
    assert is_broker("tls://x/y")
    assert is_broker("kafka://x/y")
    assert not is_broker("/var/log/nats")
    assert not is_broker("nats")


def test_a_stream():
    pytest.importorskip("nats")
    follower = opened("nats://a:1,b:2/EVENTS?subject=e.>&durable=d&user=u&password_env=PASSWORD")
    source = follower._source
    assert source.servers == ("nats://a:1", "nats://b:2")
    assert (source.stream, source.subject, source.durable) == ("EVENTS", "e.>", "d")
    assert source.options == {"user": "u", "password": "s3cret"}
    assert "s3cret" not in repr(source)
    assert "tls" in opened("tls://a/EVENTS")._source.options


def test_topics(tmp_path):
    pytest.importorskip("confluent_kafka")
    (tmp_path / "p").write_text("s3cret\n")
    follower = opened(
        f"kafka://a:1,b:2/x,y?group=g&sasl.username=u&sasl.password_file={tmp_path}/p"
    )
    source = follower._source
    assert (source.servers, source.topics, source.group) == ("a:1,b:2", ("x", "y"), "g")
    assert source.options == {"sasl.username": "u", "sasl.password": "s3cret"}
    assert "s3cret" not in repr(source)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nats://me:s3cret@h/S", "nats://h/S: holds a name or password"),
        ("nats://h", "is nats://HOST:4222/STREAM"),
        ("nats://h/S?subjct=x", "subjct is none of ca, credentials"),
        ("nats://h/S?token=s3cret", "token is a secret: say token_env"),
        ("nats://h/S?token_env=NOT_THERE", "the variable NOT_THERE is not set"),
        ("nats://h/S?ca=/nothing/there", "ca: No such file"),
        ("kafka://h/t?sasl.password=s3cret", "sasl.password is a secret"),
        ("kafka://h/t?group.id=x", "group.id is not for you to set"),
        ("kafka://h/t?sasl.password_file=/nothing", "/nothing cannot be read"),
    ],
)
def test_urls_that_are_wrong(url, said):
    pytest.importorskip("nats")
    pytest.importorskip("confluent_kafka")
    with pytest.raises(BrokerError) as caught:
        opened(url)
    assert said in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_package_that_is_missing_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "nats", None)
    with pytest.raises(BrokerError, match=r"pip install 'tocsin\[nats\]'"):
        opened("nats://h/S")
