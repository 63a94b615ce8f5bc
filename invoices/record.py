"""An invoice as JSON, to be sealed and kept: what was printed can be said again, to the last digit."""

import json
from functools import cache

from pydantic import TypeAdapter

from invoices.document import Invoice


def write(invoice: Invoice) -> bytes:
    return json.dumps(_adapter().dump_python(invoice, mode="json"), separators=(",", ":")).encode()


def read(data: bytes) -> Invoice:
    """Raises ValueError when `data` is no invoice that `write` has written."""
    return _adapter().validate_python(json.loads(data))


@cache
def _adapter() -> TypeAdapter[Invoice]:
    return TypeAdapter(Invoice)
