"""Matches as alerts: identity, the Kibana-shaped document, the sentence that tells of it."""
