"""The XML of each document as a file, for a platform to pick up: an approved platform, a Peppol access point."""

import logging
from functools import partial

from invoices.document import Unmakeable
from ledger import documents, xml_to_write
from ledger.documents import DOCUMENTS
from ledger.transitions import Key
from tasks.invoices.export import put, safe, write
from tasks.invoices.kept import vault_of
from tasks.invoices.present import xml
from tasks.not_done import NotDone
from tasks.session import SellerSession

log = logging.getLogger("askonce.invoices")


def write_out(session: SellerSession) -> None:
    """Write what was made since, each as NUMBER.xml, whole and for its owner only. What can't be is tried again.

    Killed after a file and before that is recorded, the same file is written again.
    """
    with session.ledger.read() as connection:
        keys = xml_to_write.waiting(connection, session.name)
    if not keys:
        return
    done: list[Key] = []
    try:
        for key in keys:
            _write(session, key)
            done.append(key)
    except NotDone as why:
        log.warning("%s: the XML of %d documents waits: %s", session.name, len(keys) - len(done), why)
    with session.begin() as connection:
        xml_to_write.forget(connection, session.name, done)


def _write(session: SellerSession, key: Key) -> None:
    """A PDF of the bookkeeping without an XML has none to be written. Raises NotDone."""
    folder = session.seller.invoices.xml_folder
    with session.ledger.read() as connection:
        document = DOCUMENTS.one(connection, session.name, key)
        content = documents.content(connection, session.name, key)
    if folder is None or document is None:
        return
    try:
        data = xml(vault_of(session), document, content)
    except Unmakeable as why:
        log.info("%s: %s", session.name, why.detail)
    else:
        write(folder, f"{safe(str(document.number))}.xml", partial(put, data))
