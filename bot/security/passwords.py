"""Officers' passwords: argon2id, and one-time first passwords."""

import secrets
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
ONE_TIME_LASTS = timedelta(days=3)
"""Long enough to hand it over in person; after that there is another."""
EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that are not mistaken for one another."""


_hasher = PasswordHasher()  # the library's defaults follow RFC 9106
_nobody = _hasher.hash(secrets.token_hex())


def hash_with(hasher: PasswordHasher) -> None:
    """How new passwords are hashed in this process from now on."""
    global _hasher, _nobody
    _hasher, _nobody = hasher, hasher.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    return _hasher.hash(password)


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long for an account that does not exist (None)."""
    try:
        return _hasher.verify(password_hash or _nobody, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def one_time_password() -> str:
    """Four groups of four, easy to read out: about 79 bits."""
    return "-".join("".join(secrets.choice(EASY_LETTERS) for _ in range(4)) for _ in range(4))
