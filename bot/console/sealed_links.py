"""What one page tells the next in its address, readable by nobody but this installation.

For what must not stand in a browser's history, in a proxy's log, or in a link that somebody sends
an officer: the words he searched for, what happened to the reports he ticked.
"""

import base64
import json
import time
from typing import Any

from bot.groups.models import Officer
from bot.security.vault import Unreadable, vault

LASTS = 24 * 60 * 60  # seconds


def seal(purpose: str, officer: Officer, value: Any) -> str:
    """For an address; opens for this officer and purpose, for a day."""
    inside = json.dumps([purpose, str(officer.id), time.time(), value], ensure_ascii=False)
    sealed = vault().seal_outside(inside.encode("utf-8", "replace"))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(purpose: str, officer: Officer, text: str) -> Any:
    """The value; None for what was sealed for somebody or something else, or is too old."""
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        meant_for, whose, at, value = json.loads(vault().unseal(sealed))
    except (Unreadable, ValueError, TypeError):
        return None
    fresh = (meant_for, whose) == (purpose, str(officer.id)) and time.time() - at < LASTS
    return value if fresh else None
