"""EQL, Elastic's event query language: parse it, check it, write it back."""
