"""Sealed means: unreadable and unchangeable without this installation's key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.security.vault import Unreadable, Vault

KEY = "k" * 40


@given(st.binary(max_size=1000))
def test_what_was_sealed_comes_back(plain: bytes) -> None:
    assert Vault(KEY).unseal(Vault(KEY).seal(plain)) == plain


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert Vault(KEY).seal(b"x") != Vault(KEY).seal(b"x")


@pytest.mark.parametrize("position", [0, 5, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(Vault(KEY).seal(b"chuyen rieng"))
    sealed[position] ^= 1
    with pytest.raises(Unreadable):
        Vault(KEY).unseal(bytes(sealed))


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" + b"0" * 12])
def test_what_is_too_short_is_noticed(sealed: bytes) -> None:
    with pytest.raises(Unreadable):
        Vault(KEY).unseal(sealed)


def test_another_key_reads_nothing() -> None:
    with pytest.raises(Unreadable):
        Vault("o" * 40).unseal(Vault(KEY).seal(b"x"))


def test_fingerprints_are_equal_only_for_equal_parts_under_one_key() -> None:
    one = Vault(KEY)
    assert one.fingerprint("address", "web", "1") == Vault(KEY).fingerprint("address", "web", "1")
    assert one.fingerprint("address", "web", "1") != one.fingerprint("address", "we", "b1")
    assert one.fingerprint("a") != Vault("o" * 40).fingerprint("a")
