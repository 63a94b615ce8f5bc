"""The record of an invoice gives the same invoice again."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from invoices import record
from invoices.document import Invoice
from tests.invoices.samples import BUYER, PLAIN, invoices


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(invoices())
def test_an_invoice_is_read_as_it_was_written(invoice: Invoice) -> None:
    assert record.read(record.write(invoice)) == invoice


@pytest.mark.parametrize("amount", ["0", "0.00", "-0.01", "1E+3", "79.1500", "123456789.123456"])
def test_every_digit_is_kept(amount: str) -> None:
    assert str(record.read(record.write(replace(PLAIN, net=Decimal(amount)))).net) == amount


def test_half_a_character_is_kept() -> None:
    invoice = replace(PLAIN, buyer=replace(BUYER, name="\ud83d"))
    assert record.read(record.write(invoice)) == invoice


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", record.write(PLAIN)[:-1]])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (json's and pydantic's have nothing else in common)
        record.read(data)
