"""A certificate that a server shows."""

import shutil
import subprocess

import pytest


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A folder with ``cert.pem``, for ``localhost``, and ``key.pem``."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the program openssl to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    words = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    words += " -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    words += " -keyout key.pem -out cert.pem"
    subprocess.run(  # noqa: S603 - our own words
        words.split(), check=True, capture_output=True, cwd=folder
    )
    return folder
