"""Consumers of JetStream that are there already, and whether they can be used."""

import pytest

from tocsin.follow.jetstream import Stream, objection

api = pytest.importorskip("nats.js.api")


def stream(subject=">"):
    return Stream(("nats://x",), "EVENTS", subject)


@pytest.mark.parametrize(
    ("told", "subject"),
    [
        ({}, ">"),
        ({"filter_subject": ">"}, ">"),
        ({"filter_subject": "events.auth"}, ">"),
        ({"filter_subject": "events.auth"}, "events.auth"),
        ({"filter_subjects": ["events.auth", "events.dns"]}, "events.dns"),
    ],
)
def test_those_that_acknowledge_each_message_of_our_subject(told, subject):
    told = {"ack_policy": "explicit", "ack_wait": 60_000_000_000, **told}
    assert objection(api.ConsumerConfig.from_response(told), stream(subject)) == ""


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"ack_policy": "none"}, "acknowledges none, not each message"),
        ({"ack_policy": api.AckPolicy.ALL}, "acknowledges all, not each message"),
        ({"filter_subject": "events.>"}, "has the subject events.>, not events.auth"),
        ({"filter_subject": None}, "has the subject >, not events.auth"),
        ({"filter_subjects": ["b", "a"]}, "has the subject a, b, not events.auth"),
    ],
)
def test_others_are_told_of(config, said):
    found = objection(api.ConsumerConfig(**config), stream("events.auth"))
    assert found.startswith(said)
