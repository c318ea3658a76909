"""As much of HTTP/1.1 as both sides of a benchmark on loopback need, in few microseconds."""

from typing import NamedTuple


class Received(NamedTuple):
    """The first line and headers, and the body that belongs to them."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.head[9:12])

    @property
    def path(self) -> str:
        """Of a request."""
        return self.head.split(b" ", 2)[1].decode()


def take(buffer: bytearray) -> Received | None:
    """Take one whole message off the buffer's front; None while it is not whole.

    Raises: ValueError for a body without a length.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(buffer[:end])
    total = end + 4 + _length(head)
    if len(buffer) < total:
        return None
    body = bytes(buffer[end + 4 : total])
    del buffer[:total]
    return Received(head, body)


def _length(head: bytes) -> int:
    lower = head.lower()
    if b"\r\ntransfer-encoding:" in lower:
        raise ValueError("a body in chunks")
    at = lower.find(b"\r\ncontent-length:")
    return 0 if at < 0 else int(lower[at + 17 :].split(b"\r\n", 1)[0])


def request(path: str, host: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST of JSON."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def answer(body: bytes) -> bytes:
    """200 with JSON."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body
