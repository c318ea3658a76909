"""The connection goes to the address that was checked, the certificate is that of the name."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.channels.base import Retryable
from bot.channels.download import fetch_public
from tests.channels.conftest import LONG
from tests.fakes import FakeZaloBot


def write_certificate(path: Path, name: str) -> None:
    """A certificate for `name` and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))


class SecureServer(FakeZaloBot):
    """Serves files over TLS."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_port


@pytest.fixture
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[SecureServer]:
    write_certificate(tmp_path / "server.pem", request.param)
    with SecureServer(tmp_path / "server.pem") as fake:
        yield fake


def client_trusting(path: Path) -> httpx.AsyncClient:
    context = ssl.create_default_context(cafile=str(path / "server.pem"))
    return httpx.AsyncClient(verify=context, trust_env=False, timeout=LONG)


@pytest.mark.parametrize("server", ["localhost"], indirect=True)
async def test_the_name_is_verified_though_the_address_is_dialled(
    server: SecureServer, tmp_path: Path
) -> None:
    server.add_file("anh.jpg", b"anh")
    async with client_trusting(tmp_path) as client:
        url = f"https://localhost:{server.port}/files/anh.jpg"
        assert (await fetch_public(client, url, allow_loopback=True)).content == b"anh"


@pytest.mark.parametrize("server", ["photo-demo.example"], indirect=True)
async def test_another_names_certificate_is_refused(server: SecureServer, tmp_path: Path) -> None:
    server.add_file("anh.jpg", b"anh")
    url = f"https://localhost:{server.port}/files/anh.jpg"
    async with client_trusting(tmp_path) as client:
        with pytest.raises(Retryable, match="no_connection"):
            await fetch_public(client, url, allow_loopback=True)
