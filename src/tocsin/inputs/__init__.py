"""Bytes of any supported input become batches of events (`docs/events.md`)."""
