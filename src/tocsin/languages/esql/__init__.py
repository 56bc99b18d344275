"""ES|QL, the language of pipes: text in, typed pipeline out."""
