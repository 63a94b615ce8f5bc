"""Documents of reports and feeds: a signed address, and the file behind it, read piece by piece."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from marketplace.amazon.answers import OUTAGE, Call, unanswered
from marketplace.amazon.nodes import text
from marketplace.amazon.wire import CHUNK, TROUBLE, Http, Reply
from marketplace.errors import Broken, Busy
from marketplace.operations import Operation

LARGEST = 1 << 29
"""Bytes of a file, unpacked: a report of half a million shipments."""
GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Document:
    """Where a file is to be had, for five minutes, by whoever knows the address."""

    url: str = field(repr=False)


def document_of(operation: Operation, answer: dict[str, Any]) -> Document:
    """An answer of getReportDocument or getFeedDocument."""
    url = text(answer, "url")
    if url is None:
        raise Broken(f"{operation}: an answer without url")
    return Document(url)


def pieces(http: Http, what: str, document: Document, largest: int = LARGEST) -> Iterator[bytes]:
    """The file, unpacked, downloaded while it is read, in pieces of 64 kB at the most.

    Raises Busy when it breaks off or takes too long, Broken when it is not what it is said to be or has more than
    `largest` bytes; `what` names it in them.
    """
    size = 0
    try:
        with http.download(document.url) as download:
            if download.status != 200:
                raise Busy(f"{what}: {download.status}", retry_after=OUTAGE, status=download.status)
            chunks, packed = looked_at(download.chunks)
            for piece in unpacked(chunks) if packed else chunks:
                download.deadline.left()  # what is packed may be read to its end long before it is unpacked
                size += len(piece)
                if size > largest:
                    raise Broken(f"{what}: a document of more than {largest >> 20} MB")
                yield piece
    except TROUBLE as error:
        raise unanswered(what, Call.SOURCE, Reply(error=error)) from None


def looked_at(chunks: Iterable[bytes]) -> tuple[Iterator[bytes], bool]:
    """The same, and whether it is GZIP by its first bytes.

    `compressionAlgorithm` was seen to be wrong either way (selling-partner-api-models issue 2618,
    selling-partner-api-docs issue 664).
    """
    rest, first = iter(chunks), b""
    while len(first) < len(GZIP) and (chunk := next(rest, None)) is not None:
        first += chunk
    return chain([first] if first else [], rest), first.startswith(GZIP)


def unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """GZIP, one member after another. Raises Busy for a file that breaks off, Broken for one that is not GZIP."""
    member = _member()
    begun = False
    try:
        for chunk in chunks:
            while chunk:
                if member.eof:
                    member = _member()
                begun = True
                yield member.decompress(chunk, CHUNK)
                chunk = member.unused_data if member.eof else member.unconsumed_tail
    except zlib.error:
        raise Broken("a document that is not the GZIP file it is said to be") from None
    if begun and not member.eof:
        raise Busy("a document whose GZIP file breaks off", retry_after=OUTAGE)


def _member() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
