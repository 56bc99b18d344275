"""The ways in which people see a page: each walk that shows one takes all of them."""

import pytest

PHONE = {"viewport": {"width": 390, "height": 844}}
DARK = {"color_scheme": "dark"}
each_view = pytest.mark.parametrize(
    "tab", [{}, PHONE, DARK], ids=["wide", "phone", "dark"], indirect=True
)
