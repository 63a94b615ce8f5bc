from collections.abc import Iterator

import pytest

from tests.marketplace.invoice_world import Still, selling


@pytest.fixture(scope="module")
def still() -> Iterator[Still]:
    """One simulator for the tests that do not move its clock, nor change its account."""
    with selling() as both:
        yield both
