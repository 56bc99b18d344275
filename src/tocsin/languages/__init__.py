"""Query text in, typed tree out."""

from tocsin.languages.errors import QueryCheckError, QueryError, QuerySyntaxError

__all__ = ["QueryCheckError", "QueryError", "QuerySyntaxError"]
