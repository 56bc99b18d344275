"""Closed segments become Parquet, by day and data set, that anything can query."""
