"""Where the shipped rule pack stands: inside an installed package, or in a source checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def pack_path() -> Path:
    """The folder of the shipped rules; raises `FileNotFoundError` if it is missing."""
    installed = _PACKAGE / "pack"
    checkout = _PACKAGE.parent.parent / "rules"
    for folder in (installed, checkout):
        if any(folder.glob("*.toml")):
            return folder
    raise FileNotFoundError(
        f"the shipped rules are in neither {installed} nor {checkout}: install tocsin again"
    )
