"""What is made with this installation's keys, none of which is in the database in the clear.

    SECRET_KEY, outside the database
      └─ wraps (bot/security/keyring.py)
           ├─ the root key, which stays: from it the keys of lookup values, of the log's seals, of
           │  cookies and of links are derived (HKDF), so that one cannot stand in for another
           └─ data keys, which seal columns; a new one takes over with `binhyen keys rotate`

`seal`/`unseal` protect whatever a resident wrote (AES-256-GCM, `cryptography`). A value is bound to
its place, the table and column: in another column it does not open. It is not bound to its row: who
can write to the database could as well make himself a manager and read it there; the log tells.

`fingerprint` makes a lookup value for something that must be found again but not read (an address,
a platform event).
"""

import hashlib
import hmac
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FIRST_VERSION = b"\x01"  # version, nonce, body: before there were data keys; read only
IN_COLUMN = b"\x02"  # version, number of the data key, nonce, body
OUTSIDE = b"\x03"  # version, nonce, body: what must open after the data keys have changed
NUMBER = 4  # bytes of a data key's number
NONCE = 12  # bytes
FIRST = 1
"""Number of the first data key. It is derived from the root key; all others are random."""
LOOK_AGAIN = 5.0  # seconds until a key that was not there is looked for again


class Unreadable(Exception):
    """The data was sealed with another key, for another place, or was changed."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """The unwrapped keys: what a process may read with, and which data key it seals with."""

    root: bytes
    data: Mapping[int, bytes] = field(default_factory=dict)
    active: int = FIRST

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; the same each time."""
        return HKDF(SHA256(), 32, None, f"binhyen {purpose}".encode()).derive(self.root)


def first_keys(secret_key: str) -> Keys:
    """Those of an installation that never changed any."""
    keys = Keys(secret_key.encode())
    return Keys(keys.root, {FIRST: keys.derive("data 1")})


class Vault:
    """`load` fetches the keys anew, for a process that meets a key it does not know yet."""

    def __init__(
        self, secret_key: str, keys: Keys | None = None, load: Callable[[], Keys] | None = None
    ) -> None:
        self._load = load
        self._not_there: dict[int, float] = {}
        self._keys = keys or first_keys(secret_key)
        self._first_version = AESGCM(self.derive("seal"))
        self._outside = AESGCM(self.derive("outside"))
        self._lookup = self.derive("lookup")
        self.use(self._keys)

    def use(self, keys: Keys) -> None:
        """Seal with the active data key from now on, and read with all of them."""
        ciphers = {number: AESGCM(key) for number, key in keys.data.items()}
        self._ciphers = ciphers
        # One step, as another thread may be sealing: what names one key must be sealed with it.
        self._sealing = header(keys.active), ciphers[keys.active]

    def refresh(self) -> None:
        """Look which data keys there are now. Raises: whatever `load` does."""
        if self._load is not None:
            self.use(self._load())

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; the same each time."""
        return self._keys.derive(purpose)

    def seal(self, plain: bytes, place: str) -> bytes:
        """For a column; `place` is "table.column"."""
        nonce, (head, cipher) = os.urandom(NONCE), self._sealing
        return head + nonce + cipher.encrypt(nonce, plain, head + place.encode())

    def seal_outside(self, plain: bytes) -> bytes:
        """For what is not in the database, as a cookie: no change of keys makes it unreadable.

        Say inside what it is for.
        """
        nonce = os.urandom(NONCE)
        return OUTSIDE + nonce + self._outside.encrypt(nonce, plain, OUTSIDE)

    def unseal(self, sealed: bytes, place: str = "") -> bytes:
        """What was sealed for `place`, or outside. Raises: Unreadable."""
        version = sealed[:1]
        start = 1 + NUMBER if version == IN_COLUMN else 1
        head, nonce, body = sealed[:start], sealed[start : start + NONCE], sealed[start + NONCE :]
        try:
            if version == IN_COLUMN and place:  # else a cookie could have keys looked for
                return self._cipher(head[1:]).decrypt(nonce, body, head + place.encode())
            if version == OUTSIDE and not place:
                return self._outside.decrypt(nonce, body, head)
            if version == FIRST_VERSION:
                return self._first_version.decrypt(nonce, body, head)
        except (InvalidTag, ValueError):
            pass
        raise Unreadable("wrong key, another place, or damaged data")

    def _cipher(self, number: bytes) -> AESGCM:
        """A key that another process has just made is looked for where they are kept."""
        wanted = int.from_bytes(number)
        cipher = self._ciphers.get(wanted)
        if cipher is None and time.monotonic() >= self._not_there.get(wanted, 0):
            self.refresh()
            cipher = self._ciphers.get(wanted)
            if cipher is None:
                self._not_there = {wanted: time.monotonic() + LOOK_AGAIN}
        if cipher is None:
            raise Unreadable("no such key")
        return cipher

    def fingerprint(self, *parts: str) -> str:
        """32 hex digits; equal for equal parts, and useless without the key."""
        message = "\x1f".join(parts).encode("utf-8", "replace")
        return hmac.new(self._lookup, message, hashlib.sha256).hexdigest()[:32]


def header(number: int) -> bytes:
    """How every value starts that the data key of this number has sealed."""
    return IN_COLUMN + number.to_bytes(NUMBER)


_current: Vault | None = None
_opener: Callable[[], Vault] | None = None


def open_vault(secret_key: str) -> Vault:
    """Use the first keys of `secret_key`. An installation's own: `keyring.open_keys`."""
    return use(Vault(secret_key))


def use(opened: Vault) -> Vault:
    """Make this process able to read and write sealed columns."""
    global _current
    _current = opened
    return opened


def use_later(opener: Callable[[], Vault]) -> None:
    """Open the vault when it is first needed."""
    global _current, _opener
    _current, _opener = None, opener


def vault() -> Vault:
    """The vault of this process. Raises: RuntimeError before `open_vault`."""
    if _current is not None:
        return _current
    if _opener is None:
        raise RuntimeError("the vault is closed: call open_vault first")
    return use(_opener())
