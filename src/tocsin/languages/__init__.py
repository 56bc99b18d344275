"""Query text in, typed tree out."""

from tocsin.query.errors import QueryCheckError, QueryError, QuerySyntaxError

__all__ = ["QueryCheckError", "QueryError", "QuerySyntaxError"]
