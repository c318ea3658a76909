"""A sealed file is read to its end, or it is known that something is wrong with it."""

import io
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.security.sealed_stream import (
    HEADER,
    MAGIC,
    PIECE,
    SEALED,
    NotOurs,
    Unreadable,
    seal,
    unseal,
)

KEY = b"k" * 32
START = len(MAGIC) + HEADER
CONTENT = b"".join(n.to_bytes(4) for n in range(PIECE))  # four pieces, no two alike


def sealed(content: bytes = CONTENT) -> bytes:
    return b"".join(seal([content], KEY))


def read(file: bytes, key: bytes = KEY) -> bytes:
    return b"".join(unseal(io.BytesIO(file), key))


@given(st.lists(st.binary(max_size=200)), st.integers(0, 3 * PIECE))
def test_what_was_sealed_comes_back_however_it_was_cut(some: list[bytes], more: int) -> None:
    content = [*some, bytes(more)]
    assert read(b"".join(seal(content, KEY))) == b"".join(content)


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_no_length_is_special(length: int) -> None:
    assert read(sealed(CONTENT[:length])) == CONTENT[:length]


def test_memory_holds_one_piece_at_a_time() -> None:
    """As much is written as was read, but for one piece."""
    taken = itertools.count()
    endless = (b"x" * PIECE for _ in iter(lambda: next(taken), -1))
    pieces = seal(endless, KEY)
    for _ in range(20):
        next(pieces)
    assert next(taken) <= 21


def damaged() -> dict[str, bytes]:
    whole = sealed()
    first, second = START, START + SEALED
    pieces = {
        "cut in a piece": whole[:-1],
        "cut between pieces": whole[: second + SEALED],
        "without any piece": whole[:START],
        "cut in its header": whole[: START - 1],
        "longer": whole + b"x",
        "with its last piece twice": whole + whole[-SEALED:],
        "a piece left out": whole[:first] + whole[second:],
        "two pieces changed places": whole[:first]
        + whole[second : second + SEALED]
        + whole[first:second]
        + whole[second + SEALED :],
        "a piece of another file": whole[:first] + sealed()[first:second] + whole[second:],
    }
    for place in (len(MAGIC), START, START + PIECE, len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        pieces[f"byte {place} changed"] = bytes(changed)
    return pieces


@pytest.mark.parametrize("damage", damaged().values(), ids=damaged())
def test_damage_is_noticed(damage: bytes) -> None:
    with pytest.raises(Unreadable):
        read(damage)


def test_another_key_reads_nothing() -> None:
    pieces = unseal(io.BytesIO(sealed()), b"o" * 32)
    with pytest.raises(Unreadable):
        next(pieces)


@pytest.mark.parametrize("file", [b"", b"PK\x03\x04", MAGIC[:-1], b"x" + MAGIC])
def test_a_file_of_another_kind_is_told_from_a_damaged_one(file: bytes) -> None:
    with pytest.raises(NotOurs):
        read(file)
