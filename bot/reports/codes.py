"""The short code a reporter gets: PA-XXXXX, without letters that look alike (0/O, 1/I/L, 5/S …)."""

import re
import secrets
import unicodedata

ALPHABET = "ACDEFGHJKMNPQRTUVWXY34679"
LENGTH = 5
_TYPED = re.compile(rf"(?:PA)?([{ALPHABET}]{{{LENGTH}}})")
_CODE = re.compile(rf"\bPA[-\s]?([{ALPHABET}]{{{LENGTH}}})\b", re.IGNORECASE)


def new_code() -> str:
    """About ten million different ones; the unique column in the database decides."""
    return "PA-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def as_typed(text: str) -> str | None:
    """The code that somebody who was asked for one typed: "pa 7kx3q", "7KX3Q", "#PA.7KX3Q"."""
    plain = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text)).upper()
    found = _TYPED.fullmatch(plain)
    return f"PA-{found[1]}" if found else find_code(text)


def find_code(text: str) -> str | None:
    """The first code in what somebody typed, in its standard form."""
    found = _CODE.search(text)
    return f"PA-{found[1].upper()}" if found else None
