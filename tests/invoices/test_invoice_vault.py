"""What is sealed opens with the same key and for the same owner only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoices.vault import Vault, WrongKey

KEY = bytes(range(32))
VAULT = Vault(KEY)


@given(st.binary(max_size=5000), st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_can_be_opened(data: bytes, bound_to: str) -> None:
    sealed = VAULT.seal(data, bound_to)
    assert Vault(KEY).open(sealed, bound_to) == data
    assert len(data) < 8 or data not in sealed


def test_the_same_data_is_sealed_differently_each_time() -> None:
    assert VAULT.seal(b"data", "a") != VAULT.seal(b"data", "a")


SEALED = VAULT.seal(b"the invoice", "FR/171-1")
BAD = {
    "another key": (Vault(bytes(32)), SEALED, "FR/171-1"),
    "another owner": (VAULT, SEALED, "FR/171-2"),
    "cut": (VAULT, SEALED[:-1], "FR/171-1"),
    "cut to less than a nonce": (VAULT, SEALED[:5], "FR/171-1"),
    "empty": (VAULT, b"", "FR/171-1"),
    "longer": (VAULT, SEALED + b"x", "FR/171-1"),
    "one bit changed": (VAULT, SEALED[:20] + bytes([SEALED[20] ^ 1]) + SEALED[21:], "FR/171-1"),
}


@pytest.mark.parametrize(("vault", "sealed", "bound_to"), BAD.values(), ids=BAD)
def test_anything_else_is_refused(vault: Vault, sealed: bytes, bound_to: str) -> None:
    with pytest.raises(WrongKey):
        vault.open(sealed, bound_to)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_32_bytes(length: int) -> None:
    with pytest.raises(ValueError, match="32"):
        Vault(bytes(length))


def test_the_key_is_not_shown() -> None:
    assert KEY.hex() not in repr(vars(VAULT))
