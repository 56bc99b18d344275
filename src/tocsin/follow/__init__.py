"""Sources that Tocsin asks for events itself: files, audit records, NATS, Kafka.

A follower writes what it finds into the journal, the events and its own place in one frame, so that
neither can be there without the other: killed at any moment, it goes on where it was.
"""
