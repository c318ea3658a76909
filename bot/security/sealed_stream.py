"""A file of any length, sealed as it is written: libsodium's secretstream (XChaCha20-Poly1305).

Pieces cannot be changed, left out, repeated or put elsewhere, and the last one says that it is the
last: whoever reads the file to its end has all that was written, from somebody who has the key.
Memory holds one piece at a time.

    MAGIC | header (24 bytes) | pieces of PIECE + 17 bytes | the last piece, which may be shorter
"""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from nacl import bindings as sodium
from nacl.exceptions import CryptoError

MAGIC = b"binhyen-backup-1\n"
PIECE = 64 * 1024  # bytes
SEALED = PIECE + sodium.crypto_secretstream_xchacha20poly1305_ABYTES
HEADER = sodium.crypto_secretstream_xchacha20poly1305_HEADERBYTES
MORE = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
LAST = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL


class NotOurs(Exception):
    """The file is of another kind."""


class Unreadable(Exception):
    """Sealed with another key (nothing of it can be read), changed, or cut off."""


def seal(content: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """What is to be written, for `content` in pieces of any length. `key`: 32 bytes."""
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    yield MAGIC + sodium.crypto_secretstream_xchacha20poly1305_init_push(state, key)

    def pushed(piece: bytes, tag: int) -> bytes:
        return sodium.crypto_secretstream_xchacha20poly1305_push(state, piece, MAGIC, tag)

    waiting = bytearray()
    for some in content:
        waiting += some
        while len(waiting) > PIECE:
            yield pushed(bytes(waiting[:PIECE]), MORE)
            del waiting[:PIECE]
    yield pushed(bytes(waiting), LAST)


def unseal(file: BinaryIO, key: bytes) -> Iterator[bytes]:
    """The content, piece by piece; what was yielded is whole only once the iterator has ended.

    Raises: NotOurs, Unreadable.
    """
    if file.read(len(MAGIC)) != MAGIC:
        raise NotOurs
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    tag = MORE
    try:
        sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, file.read(HEADER), key)
        while tag != LAST:
            piece, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(
                state, file.read(SEALED), MAGIC
            )
            yield piece
    except CryptoError:
        raise Unreadable from None
    if file.read(1):
        raise Unreadable
