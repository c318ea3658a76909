"""Fetching attachments: never more than `MAX_FILE` bytes, never from inside our own network.

Zalo sends attachments as web addresses. Whoever could slip us an address must not reach this
machine or its neighbours through it (server-side request forgery), so the name is resolved here,
every address it has must be public, and the connection goes to the address that was checked: a
name that resolves differently a moment later changes nothing. Redirects are checked alike.
"""

import asyncio
import ipaddress
import mimetypes
import socket

import httpx

from bot.channels.base import MAX_FILE, Fetched, Misconfigured, Permanent, Retryable, Unsupported
from bot.channels.http import network_error, pause_of, status_error

MAX_REDIRECTS = 3
MAX_SECONDS = 120.0
"""For one file: a server that sends a byte now and then must not hold a worker for ever."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


async def fetch_public(client: httpx.AsyncClient, url: str, *, allow_loopback: bool) -> Fetched:
    """The file at a public https address. `allow_loopback` also lets a fake platform serve it.

    Raises: DeliveryError.
    """
    target = _parse(url)
    try:
        async with asyncio.timeout(MAX_SECONDS):
            for _ in range(MAX_REDIRECTS + 1):
                pinned = await _pin(target, allow_loopback)
                found = await _read(
                    client,
                    pinned,
                    headers={"Host": target.netloc.decode("ascii")},
                    extensions={"sni_hostname": target.raw_host.decode("ascii")},
                )
                if isinstance(found, Fetched):
                    return found
                target = _parse(str(target.join(found)))
    except TimeoutError:
        raise Retryable("timeout") from None
    raise Permanent("too_many_redirects")


async def fetch_trusted(client: httpx.AsyncClient, url: str) -> Fetched:
    """The file at an address of the platform's own API. Raises: DeliveryError."""
    try:
        async with asyncio.timeout(MAX_SECONDS):
            found = await _read(client, httpx.URL(url), headers={}, extensions={})
    except TimeoutError:
        raise Retryable("timeout") from None
    if isinstance(found, Fetched):
        return found
    raise Misconfigured("redirected")


async def _read(
    client: httpx.AsyncClient,
    url: httpx.URL,
    *,
    headers: dict[str, str],
    extensions: dict[str, str],
) -> Fetched | str:
    """The file, or where it has moved to."""
    headers = {"Accept-Encoding": "identity", **headers}  # nothing that unpacks to gigabytes
    request = client.build_request("GET", url, headers=headers, extensions=extensions)
    try:
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            if response.is_redirect:
                return str(response.headers.get("Location", ""))
            _check_status(response)
            content = await _read_capped(response)
        finally:
            await response.aclose()
    except httpx.HTTPError as error:
        raise network_error(error, repeatable=True) from None
    return Fetched(content, _mime(response, url))


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in (400, 401, 403, 404, 410):  # links to attachments expire
        raise Permanent("gone")
    if status != 200:
        raise status_error(status, pause_of(response), repeatable=True)


async def _read_capped(response: httpx.Response) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_FILE:
            raise Unsupported("file_too_big")
    return bytes(content)


def _mime(response: httpx.Response, url: httpx.URL) -> str:
    named: str = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if named and named != "application/octet-stream":
        return named
    return mimetypes.guess_type(url.path)[0] or "application/octet-stream"


def _parse(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise Permanent("bad_address") from None
    fits = target.host and not target.userinfo and 0 < (target.port or 443) < 1 << 16
    if target.scheme not in ("https", "http") or not fits:
        raise Permanent("bad_address")
    return target


async def _pin(url: httpx.URL, allow_loopback: bool) -> httpx.URL:
    """`url` with its host replaced by an address that may be fetched from."""
    addresses = await _resolve(url)
    if allow_loopback and all(address.is_loopback for address in addresses):
        return url.copy_with(host=str(addresses[0]))
    if not all(_is_public(address) for address in addresses):
        raise Permanent("private_address")
    if url.scheme != "https":
        raise Permanent("not_https")
    return url.copy_with(host=str(addresses[0]))


async def _resolve(url: httpx.URL) -> list[_Address]:
    """IPv4 first: only one address is tried, and many a machine has no way out over IPv6."""
    loop = asyncio.get_running_loop()
    host = url.raw_host.decode("ascii")
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Retryable("unknown_host") from None
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    return sorted(addresses, key=lambda address: address.version)


def _is_public(address: _Address) -> bool:
    """Global unicast, also inside the IPv6 forms that carry an IPv4 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast
