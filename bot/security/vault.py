"""One key, kept outside the database, and what is made from it.

`seal`/`unseal` protect whatever a resident wrote (AES-256-GCM, `cryptography`); `fingerprint` makes
a lookup value for something that must be found again but not read (an address, a platform event).
Keys for different purposes are derived with HKDF, so one cannot stand in for another.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
NONCE = 12  # bytes


class Unreadable(Exception):
    """The data was sealed with another key or was changed."""


class Vault:
    def __init__(self, secret_key: str) -> None:
        self._secret = secret_key.encode()
        self._aes = AESGCM(self.derive("seal"))
        self._lookup = self.derive("lookup")

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; the same each time."""
        return HKDF(SHA256(), 32, None, f"binhyen {purpose}".encode()).derive(self._secret)

    def seal(self, plain: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return VERSION + nonce + self._aes.encrypt(nonce, plain, VERSION)

    def unseal(self, sealed: bytes) -> bytes:
        """Raises: Unreadable."""
        version, nonce, body = sealed[:1], sealed[1 : 1 + NONCE], sealed[1 + NONCE :]
        try:
            return self._aes.decrypt(nonce, body, version)
        except (InvalidTag, ValueError):
            raise Unreadable("wrong key or damaged data") from None

    def fingerprint(self, *parts: str) -> str:
        """32 hex digits; equal for equal parts, and useless without the key."""
        message = "\x1f".join(parts).encode("utf-8", "replace")
        return hmac.new(self._lookup, message, hashlib.sha256).hexdigest()[:32]


_current: Vault | None = None


def open_vault(secret_key: str) -> Vault:
    """Make this process able to read and write sealed columns."""
    global _current
    _current = Vault(secret_key)
    return _current


def vault() -> Vault:
    """The vault of this process. Raises: RuntimeError before `open_vault`."""
    if _current is None:
        raise RuntimeError("the vault is closed: call open_vault first")
    return _current
