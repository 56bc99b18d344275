"""How tightly the parts of an EQL condition hold together: what reads and what writes it agree."""

from __future__ import annotations

OR, AND, NOT, COMPARISON, SUM, PRODUCT, SIGN, SUFFIXED, PRIMARY = range(1, 10)

ARITHMETIC = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT}

BINARY = {
    "or": OR,
    "and": AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), COMPARISON),
    **ARITHMETIC,
}
"""Operators between two operands."""
