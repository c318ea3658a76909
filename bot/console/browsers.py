"""From where somebody signs in, and with what: as little as lets him know his own devices."""

import ipaddress
import re
from dataclasses import dataclass

from bot.console import cookies
from bot.console.services import Connection, address_of
from bot.security.vault import vault

_BROWSERS = (
    ("coc_coc", "Cốc Cốc"),
    ("zalo", "Zalo"),
    ("edg", "Edge"),
    ("samsungbrowser", "Samsung Internet"),
    ("opr/", "Opera"),
    ("firefox", "Firefox"),
    ("fxios", "Firefox"),
    ("chrome", "Chrome"),
    ("crios", "Chrome"),
    ("safari", "Safari"),
)
_SYSTEMS = (
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("windows", "Windows"),
    ("mac os", "Mac"),
    ("linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who knocks: his network address, his browser's name, and the mark it carries."""

    address: str
    browser: str = ""
    mark: str = ""


def visitor(connection: Connection) -> Visitor:
    return Visitor(
        address_of(connection),
        name_of(connection.headers.get("user-agent", "")),
        cookies.read(connection, cookies.MARK),
    )


def name_of(user_agent: str) -> str:
    """ "Chrome trên Android"; the version and all else that a browser tells of itself is left."""
    told = user_agent[:500].lower()
    browser = next((name for part, name in _BROWSERS if part in told), "Trình duyệt khác")
    system = next((name for part, name in _SYSTEMS if part in told), "")
    return f"{browser} trên {system}" if system else browser


def network(address: str) -> str:
    """What one subscriber has: an IPv4 address, or the first half of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def mark_for(username: str, token: str) -> str:
    """A mark that says: here this officer has signed in. Only this installation can make one."""
    number = vault().fingerprint("device number", token)
    return f"{number}.{_signature(username, number)}"


def known_as(username: str, mark: str) -> str:
    """The number in a mark that was made for this officer; "" for any other."""
    fits = re.fullmatch(r"([0-9a-f]{32})\.([0-9a-f]{32})", mark)
    return fits[1] if fits and fits[2] == _signature(username, fits[1]) else ""


def _signature(username: str, number: str) -> str:
    return vault().fingerprint("device", username, number)
