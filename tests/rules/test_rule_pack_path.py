"""Where the shipped pack is found."""

import pytest

from tocsin.rules import pack


def test_in_a_checkout_it_is_the_folder_beside_the_sources():
    folder = pack.pack_path()
    assert (folder / "execution_kubeletctl_in_container.toml").is_file()


def test_an_installed_package_carries_it(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "tocsin"
    (package / "pack").mkdir(parents=True)
    monkeypatch.setattr(pack, "_PACKAGE", package)
    with pytest.raises(FileNotFoundError, match="install tocsin again"):
        pack.pack_path()
    (package / "pack" / "a.toml").write_text("")
    assert pack.pack_path() == package / "pack"
