"""Sealed means: unreadable and unchangeable without this installation's keys, and out of place."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from bot.security.vault import FIRST_VERSION, NONCE, Keys, Unreadable, Vault, first_keys

KEY = "k" * 40
HERE = "report_events.text"


def sealed_before_data_keys(plain: bytes, key: str = KEY) -> bytes:
    """As earlier versions did."""
    nonce = b"n" * NONCE
    body = AESGCM(Vault(key).derive("seal")).encrypt(nonce, plain, FIRST_VERSION)
    return FIRST_VERSION + nonce + body


def second_key() -> Keys:
    first = first_keys(KEY)
    return Keys(first.root, {**first.data, 2: b"2" * 32}, active=2)


@given(st.binary(max_size=1000))
def test_what_was_sealed_comes_back(plain: bytes) -> None:
    assert Vault(KEY).unseal(Vault(KEY).seal(plain, HERE), HERE) == plain
    assert Vault(KEY).unseal(Vault(KEY).seal_outside(plain)) == plain


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert Vault(KEY).seal(b"x", HERE) != Vault(KEY).seal(b"x", HERE)


@pytest.mark.parametrize("position", [0, 1, 4, 5, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    for sealed, place in (
        (Vault(KEY).seal(b"chuyen rieng", HERE), HERE),
        (Vault(KEY).seal_outside(b"chuyen rieng"), ""),
    ):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(Unreadable):
            Vault(KEY).unseal(bytes(changed), place)


@pytest.mark.parametrize("version", [b"", b"\x01", b"\x02", b"\x03", b"\x04"])
@pytest.mark.parametrize("rest", [0, 3, 4, 12, 17])
def test_what_is_too_short_is_noticed(version: bytes, rest: int) -> None:
    with pytest.raises(Unreadable):
        Vault(KEY).unseal(version + b"\0" * rest, HERE)


def test_another_key_reads_nothing() -> None:
    with pytest.raises(Unreadable):
        Vault("o" * 40).unseal(Vault(KEY).seal(b"x", HERE), HERE)


@pytest.mark.parametrize("elsewhere", ["", "report_events.place", "reports.reporter_name"])
def test_a_value_opens_in_its_own_column_only(elsewhere: str) -> None:
    with pytest.raises(Unreadable):
        Vault(KEY).unseal(Vault(KEY).seal(b"x", HERE), elsewhere)


def test_a_cookie_does_not_pass_for_a_columns_value() -> None:
    with pytest.raises(Unreadable):
        Vault(KEY).unseal(Vault(KEY).seal_outside(b"x"), HERE)


def test_a_value_does_not_pass_for_one_of_an_earlier_version() -> None:
    sealed = Vault(KEY).seal(b"x", HERE)
    with pytest.raises(Unreadable):
        Vault(KEY).unseal(FIRST_VERSION + sealed[5:], HERE)


def test_what_was_sealed_before_there_were_data_keys_is_read() -> None:
    assert Vault(KEY).unseal(sealed_before_data_keys(b"x"), HERE) == b"x"
    assert Vault(KEY, second_key()).unseal(sealed_before_data_keys(b"x"), HERE) == b"x"


def test_with_a_new_data_key_old_values_are_read_and_new_ones_are_sealed_with_it() -> None:
    old, new = Vault(KEY), Vault(KEY, second_key())
    assert new.unseal(old.seal(b"x", HERE), HERE) == b"x"
    with pytest.raises(Unreadable):
        old.unseal(new.seal(b"x", HERE), HERE)


def test_a_process_that_meets_a_new_key_looks_for_it() -> None:
    process = Vault(KEY, first_keys(KEY), second_key)
    assert process.unseal(Vault(KEY, second_key()).seal(b"x", HERE), HERE) == b"x"
    assert Vault(KEY, second_key()).unseal(process.seal(b"y", HERE), HERE) == b"y"


def test_a_key_that_is_nowhere_is_not_looked_for_at_every_value() -> None:
    looks: list[int] = []

    def load() -> Keys:
        looks.append(1)
        return first_keys(KEY)

    process = Vault(KEY, first_keys(KEY), load)
    sealed = Vault(KEY, second_key()).seal(b"x", HERE)
    for _ in range(20):
        with pytest.raises(Unreadable):
            process.unseal(sealed, HERE)
    assert len(looks) == 1


def test_fingerprints_are_equal_only_for_equal_parts_under_one_key() -> None:
    one = Vault(KEY)
    assert one.fingerprint("address", "web", "1") == Vault(KEY).fingerprint("address", "web", "1")
    assert one.fingerprint("address", "web", "1") != one.fingerprint("address", "we", "b1")
    assert one.fingerprint("a") != Vault("o" * 40).fingerprint("a")


def test_fingerprints_cookies_and_seals_of_the_log_outlast_a_data_key() -> None:
    old, new = Vault(KEY), Vault(KEY, second_key())
    assert old.fingerprint("a") == new.fingerprint("a")
    assert old.derive("audit") == new.derive("audit")
    assert new.unseal(old.seal_outside(b"cookie")) == b"cookie"
