"""Typed ES|QL pipelines as SQL over a table of events, run by DuckDB."""
