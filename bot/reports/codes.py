"""The short code a reporter gets: PA-XXXXX, without letters that look alike (0/O, 1/I/L, 5/S …)."""

import re
import secrets

ALPHABET = "ACDEFGHJKMNPQRTUVWXY34679"
LENGTH = 5
_CODE = re.compile(rf"\bPA[-\s]?([{ALPHABET}]{{{LENGTH}}})\b", re.IGNORECASE)


def new_code() -> str:
    """About ten million different ones; the unique column in the database decides."""
    return "PA-" + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def find_code(text: str) -> str | None:
    """The first code in what somebody typed, in its standard form."""
    found = _CODE.search(text)
    return f"PA-{found[1].upper()}" if found else None
