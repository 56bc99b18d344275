"""Lucene's query strings, as people write them in Kibana."""
