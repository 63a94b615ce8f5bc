"""The tables as they are declared, named as their classes. No buyer's data, except what is sealed in `invoices`. Times
are aware, in UTC. What statements use is `ledger/tables.py`, which `make tables` writes from this.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Text, text
from sqlmodel import Field, SQLModel

from ledger.conditions import LISTED, UNUSUAL


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


_ZERO = {"server_default": "0"}
_NAME = String(100).with_variant(String(100, collation="C"), "postgresql")  # in order of bytes, as in SQLite


def _counted_up() -> Any:
    """The key of rows that only have a number, which the database gives."""
    number = BigInteger().with_variant(Integer, "sqlite")
    return Field(default=None, sa_column=Column(number, primary_key=True, autoincrement=True))


class Orders(SQLModel, table=True):
    """What is known of one order: JSON of `rules.order` types, one column per source of facts."""

    __table_args__ = (
        Index("ix_orders_unseen", "seller", "noted_at", **_where("placed IS NULL")),
        Index("ix_orders_fetch", "seller", "fetch_rank", **_where("fetch_rank IS NOT NULL")),
    )

    seller: str = Field(primary_key=True, max_length=64)
    order_id: str = Field(primary_key=True, max_length=32)
    placed: str | None = Field(default=None, sa_type=Text)  # Order; null until the Orders API has named it
    not_delivered_at: datetime | None = None
    seen_delivered_at: datetime | None = None
    refunds: str | None = Field(default=None, sa_type=Text)  # transaction id → Refund
    funds_released_for: datetime | None = None
    returned_by: str | None = Field(default=None, max_length=32)
    fba_arrival: datetime | None = None
    replaced_by: str | None = Field(default=None, max_length=32)
    shipped_seen_at: datetime | None = None
    fba_first_shipped_at: datetime | None = None
    fba_last_shipped_at: datetime | None = None
    left_out: str | None = Field(default=None, sa_type=Text)  # LeftOut: a person does not want it asked
    imported: str | None = Field(default=None, sa_type=Text)  # Imported, of each import that says it was asked
    fetch_rank: int | None = Field(
        default=None, sa_type=BigInteger
    )  # `placed` is by report alone; smaller: fetch first
    ask_until: datetime | None = None  # a person wants it asked now
    noted_at: datetime | None = None  # when a fact that is not the Orders API's was last written
    reappeared: bool | None = None  # it may have been here before, and deleted since


class Entries(SQLModel, table=True):
    """One action for one order, never deleted: the primary key keeps a second one out."""

    __table_args__ = (
        Index("ix_entries_look", "seller", "state", "next_look_at", **_where("next_look_at IS NOT NULL")),
        Index("ix_entries_lane", "seller", "deadline", **_where("state = 'due'")),
        Index("ix_entries_asked", "seller", "asked_at", **_where("asked_at IS NOT NULL")),
        Index("ix_entries_held", "seller", **_where("state = 'held'")),
        Index("ix_entries_changed", "changed_at"),
        Index("ix_entries_missed", "seller", "deadline", **_where("state = 'skipped' AND deadline IS NOT NULL")),
        Index("ix_entries_ended", "seller", "changed_at", **_where("next_look_at IS NULL")),
        Index("ix_entries_reason", "seller", "reason", "changed_at", **_where(UNUSUAL)),
    )

    seller: str = Field(primary_key=True, max_length=64)
    order_id: str = Field(primary_key=True, max_length=32)
    action: str = Field(primary_key=True, max_length=16)
    state: str = Field(max_length=16)
    reason: str = Field(max_length=32)
    next_look_at: datetime | None = None  # null: nothing is to come
    deadline: datetime | None = None  # when the last chance to ask ends
    claim: int | None = Field(default=None, sa_type=BigInteger)  # the lane token of the worker that is sending
    tries: int = 0  # answers in a row that were lost, or called the request wrong
    asked_at: datetime | None = None  # when the one irrevocable call was made
    changed_at: datetime


class Attempts(SQLModel, table=True):
    """One answer of the marketplace, or its absence. Append-only."""

    __table_args__ = (Index("ix_attempts_order", "seller", "order_id"),)

    id: int | None = _counted_up()
    seller: str = Field(max_length=64)
    order_id: str = Field(max_length=32)
    action: str = Field(max_length=16)
    part: str | None = Field(default=None, max_length=255)  # that of a document; null: from before there were any
    at: datetime
    state: str = Field(max_length=16)  # the state it led to
    reason: str = Field(max_length=32)
    detail: str = Field(default="", sa_type=Text)
    status: int | None = None
    request_id: str | None = Field(default=None, max_length=128)
    settings: str | None = Field(default=None, max_length=16)  # digest of the seller's settings; null: a person's word


class Decisions(SQLModel, table=True):
    """That rules skipped or held something, and nothing else than the last time. Append-only."""

    __table_args__ = (Index("ix_decisions_order", "seller", "order_id"),)

    id: int | None = _counted_up()
    seller: str = Field(max_length=64)
    order_id: str = Field(max_length=32)
    action: str = Field(max_length=16)
    part: str = Field(max_length=255)  # that of a document
    at: datetime
    state: str = Field(max_length=16)
    reason: str = Field(max_length=32)
    settings: str | None = Field(default=None, max_length=16)  # digest of the seller's settings


class Invoices(SQLModel, table=True):
    """One invoice or credit note, from when the order is first seen: the primary key keeps a second one out."""

    __table_args__ = (
        Index("ix_invoices_look", "seller", "state", "next_look_at", **_where("next_look_at IS NOT NULL")),
        Index("ix_invoices_number", "seller", "number", unique=True, **_where("number IS NOT NULL")),
        Index("ix_invoices_sha256", "seller", "sha256", **_where("sha256 IS NOT NULL")),
        Index("ix_invoices_keep", "keep_until", **_where("keep_until IS NOT NULL")),
        Index("ix_invoices_held", "seller", **_where("state = 'held'")),
        Index("ix_invoices_changed", "changed_at"),
        Index("ix_invoices_ended", "seller", "changed_at", **_where("next_look_at IS NULL AND number IS NULL")),
        Index("ix_invoices_reason", "seller", "reason", "changed_at", **_where(UNUSUAL)),
        Index("ix_invoices_listed", "seller", "changed_at", **_where(LISTED)),
    )

    seller: str = Field(primary_key=True, max_length=64)
    order_id: str = Field(primary_key=True, max_length=32)
    kind: str = Field(primary_key=True, max_length=16)
    part: str = Field(primary_key=True, max_length=255)  # "": the whole order; a shipment's id; a refund's transaction
    state: str = Field(max_length=16)
    reason: str = Field(max_length=32)
    next_look_at: datetime | None = None  # null: nothing is to come
    deadline: datetime | None = None  # until when it should be with Amazon
    business: bool = False  # Amazon counts it for the Invoice Defect Rate
    claim: int | None = Field(default=None, sa_type=BigInteger)  # the lane token of the worker that is sending
    tries: int = 0
    asked_at: datetime | None = None  # when the one irrevocable call was made
    changed_at: datetime
    shipping_id: str | None = Field(default=None, max_length=255)  # Amazon's VAT Calculation Service only
    transaction_id: str | None = Field(default=None, max_length=255)  # the same
    feed_id: str | None = Field(default=None, max_length=255)  # Amazon's number of the last upload
    amount: str | None = Field(default=None, max_length=24)  # what a person asked to take back, VAT included
    original: str | None = Field(default=None, max_length=64)  # the number of the invoice that a credit note takes back
    # the document; all null until it is made, and then never changed
    number: str | None = Field(default=None, max_length=64)
    series: str | None = Field(default=None, max_length=64)  # null: the number is not ours
    serial: int | None = None
    issued_on: date | None = None
    total: str | None = Field(default=None, max_length=24)  # decimal, VAT included
    vat: str | None = Field(default=None, max_length=24)
    currency: str | None = Field(default=None, max_length=3)
    sha256: str | None = Field(default=None, max_length=64)  # of the PDF
    record: bytes | None = Field(default=None, sa_type=LargeBinary)  # sealed: what the document says
    pdf: bytes | None = Field(default=None, sa_type=LargeBinary)  # sealed: the document
    sealed_for: str | None = Field(default=None, max_length=64)  # the seller's name at that time; null: as it is now
    keep_until: datetime | None = None  # when `record` and `pdf` are deleted


class Series(SQLModel, table=True):
    """How far a series of document numbers has been used: without a gap."""

    __tablename__ = "invoice_series"

    seller: str = Field(primary_key=True, max_length=64)
    series: str = Field(primary_key=True, max_length=64)
    next: int


class Sources(SQLModel, table=True):
    """How far one source of facts has been read for one seller."""

    seller: str = Field(primary_key=True, max_length=64)
    source: str = Field(primary_key=True, max_length=32)
    as_of: datetime | None = None  # every fact up to then is in the ledger
    next_read_at: datetime | None = None  # null: now
    cursor: str | None = Field(default=None, sa_type=Text)  # JSON: what is half read
    error: str | None = Field(default=None, sa_type=Text)  # why the last read failed; null when it did not


class Controls(SQLModel, table=True):
    """A stop for one seller (`NAME`) or all (`*`), or for one marketplace (`NAME/FR`), one action (`NAME//review`), or
    both (`NAME/FR/review`). Deleted when lifted."""

    scope: str = Field(primary_key=True, max_length=64)
    reason: str = Field(primary_key=True, max_length=32)  # paused | not_authorised
    until: datetime | None = None  # null: until somebody lifts it
    detail: str = Field(default="", sa_type=Text)
    by: str | None = Field(
        default=None, sa_type=Text
    )  # the person who stopped it; null: askonce itself, or an older one
    at: datetime | None = None  # since when


class Armings(SQLModel, table=True):
    """A person's word that a seller may send, for the ledger where it stood. Deleted when it is taken back."""

    seller: str = Field(primary_key=True, max_length=64)
    at: datetime
    by: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text)  # from where the person said so, in words
    stands: str = Field(sa_type=Text)  # JSON of ledger.place
    lost: str | None = Field(default=None, sa_type=Text)  # why it does not count any more


class DailyCounts(SQLModel, table=True):
    """What brakes measure: what happened on one day (UTC) to the orders of a marketplace, as `rules.brakes.Counts`."""

    __tablename__ = "daily_counts"

    seller: str = Field(primary_key=True, max_length=64)
    marketplace: str = Field(primary_key=True, max_length=32)  # its code; empty: the seller as a whole
    day: date = Field(primary_key=True)
    ordered: int = Field(sa_column_kwargs=_ZERO)
    due: int = Field(sa_column_kwargs=_ZERO)
    due_by_settings: int = Field(sa_column_kwargs=_ZERO)
    delivered: int = Field(sa_column_kwargs=_ZERO)
    redated: int = Field(sa_column_kwargs=_ZERO)
    taken_back: int = Field(sa_column_kwargs=_ZERO)
    offered: int = Field(sa_column_kwargs=_ZERO)
    not_offered: int = Field(sa_column_kwargs=_ZERO)
    refunds: int = Field(sa_column_kwargs=_ZERO)
    refused_in_a_row: int | None = None


class Brakings(SQLModel, table=True):
    """That a brake stopped a marketplace's requests: why, and until when. What ended stays."""

    __table_args__ = (Index("ix_brakings_seller", "seller"),)

    id: int | None = _counted_up()
    seller: str = Field(max_length=64)
    marketplace: str = Field(max_length=32)  # its code; empty: the seller as a whole
    brake: str = Field(max_length=32)
    since: datetime
    measure: int
    limit: int
    cause: str = Field(sa_type=Text)
    until: datetime | None = None  # null: until a person releases it, or what it waits for is there
    ended_at: datetime | None = None
    ended_by: str | None = Field(default=None, sa_type=Text)  # the person who released it; null: askonce itself


class Lanes(SQLModel, table=True):
    """The lease on one seller: only its holder calls Amazon for that seller."""

    seller: str = Field(primary_key=True, max_length=64)
    token: int = Field(sa_type=BigInteger)  # grows by one with each holder: the fence
    holder: str = Field(max_length=200)  # empty: free
    expires_at: datetime
    pace: str = Field(default="{}", sa_type=Text)  # JSON: the token buckets


class Heartbeats(SQLModel, table=True):
    """A worker process, or Celery's beat, and the time of its last heartbeat."""

    name: str = Field(primary_key=True, max_length=200)  # that of ledger.process_identity; `beat` for the beat
    mode: str = Field(max_length=16)  # run | celery | beat
    version: str = Field(max_length=64)
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None  # when it ended of its own accord
    settings: str | None = Field(default=None, max_length=64)  # keyed digest of those it has; null: an older askonce
    settings_since: datetime | None = None
    settings_trouble: str | None = Field(default=None, sa_type=Text)  # why it does not take the newer ones
    sellers: str | None = Field(default=None, sa_type=Text)  # JSON: each seller's name → whether it is live


class Identities(SQLModel, table=True):
    """What tells an Amazon account, or a secret, apart: a keyed fingerprint, never the thing itself."""

    __table_args__ = (Index("ix_identities_fingerprint", "fingerprint"),)

    seller: str = Field(primary_key=True, max_length=64)
    kind: str = Field(primary_key=True, max_length=16)  # token | order | secret
    fingerprint: str = Field(primary_key=True, max_length=64)
    first_seen_at: datetime


class Acts(SQLModel, table=True):
    """What a person did. Append-only: the database refuses a change."""

    __table_args__ = (Index("ix_acts_order", "seller", "order_id"),)

    id: int | None = _counted_up()
    at: datetime
    person: str = Field(max_length=100)
    place: str = Field(max_length=200)  # the command line or the page, and the machine
    act: str = Field(max_length=32)
    seller: str | None = Field(default=None, max_length=64)  # by its name at that time; null: all
    order_id: str | None = Field(default=None, max_length=32)
    action: str | None = Field(default=None, max_length=16)
    part: str | None = Field(default=None, max_length=255)
    before: str | None = Field(default=None, sa_type=Text)  # JSON
    after: str | None = Field(default=None, sa_type=Text)  # JSON
    settings: str | None = Field(default=None, max_length=16)  # digest of the seller's settings


class BulkActs(SQLModel, table=True):
    """The same act on many orders, which a person wanted, and how far it is done."""

    __tablename__ = "bulk_acts"

    id: int | None = _counted_up()
    at: datetime
    person: str = Field(max_length=100)
    place: str = Field(max_length=200)
    act: str = Field(max_length=32)
    action: str = Field(max_length=16)
    why: str = Field(sa_type=Text)
    sellers: str = Field(sa_type=Text)  # JSON: names
    orders: str | None = Field(default=None, sa_type=Text)  # JSON: seller, order id and part of each; null: all is done
    total: int
    done: int = 0
    changed: int = 0  # of those that are done: what was no longer possible is not counted
    worked_at: datetime | None = None  # when a process last worked on it
    ended_at: datetime | None = None


class Alerts(SQLModel, table=True):
    """Something that is wrong, or was: one row for each cause."""

    cause: str = Field(primary_key=True, max_length=200)
    kind: str = Field(max_length=32)
    seller: str = Field(max_length=64)  # empty: the installation
    what: str = Field(sa_type=Text)
    remedy: str = Field(sa_type=Text)
    raised_at: datetime  # when it began, this time
    seen_at: datetime  # when it was last found
    told_at: datetime | None = None  # when a message about it was written last
    over_at: datetime | None = None  # null: it goes on


class Messages(SQLModel, table=True):
    """An alert or a digest to one receiver, by a keyed fingerprint of its URL, never the URL itself."""

    id: int | None = _counted_up()
    receiver: str = Field(max_length=64)
    receiver_name: str = Field(max_length=64)
    kind: str = Field(max_length=16)
    title: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)
    made_at: datetime
    next_at: datetime | None = None  # null: it is sent, or given up
    tries: int = 0
    sent_at: datetime | None = None
    error: str | None = Field(sa_type=Text, default=None)  # of the last try


class Users(SQLModel, table=True):
    """Who may log in to the page."""

    name: str = Field(primary_key=True, max_length=64)
    role: str = Field(max_length=16)
    sellers: str | None = Field(default=None, sa_type=Text)  # JSON, a list of names; null: all, also those to come
    password: str = Field(sa_type=Text)  # argon2id, with its own salt and parameters
    stamp: str = Field(max_length=32)  # another one with each change that ends the sessions
    added_at: datetime
    logged_in_at: datetime | None = None
    failures: int = Field(sa_column_kwargs=_ZERO)  # wrong passwords since the last right one, or lock
    locked_until: datetime | None = None


class Meta(SQLModel, table=True):
    """Small facts about the ledger itself."""

    key: str = Field(primary_key=True, max_length=100)
    value: str = Field(sa_type=Text)


class Tallies(SQLModel, table=True):
    """How many rows of `entries` and `invoices` stand where: the sum of all batches. Triggers on both tables write it.

    SQLite has one batch. PostgreSQL adds one with each statement, so that no writer waits for another.
    """

    seller: str = Field(primary_key=True, max_length=64)
    action: str = Field(primary_key=True, max_length=16)
    state: str = Field(primary_key=True, max_length=16)
    reason: str = Field(primary_key=True, max_length=32)
    batch: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(sa_type=BigInteger)


class Products(SQLModel, table=True):
    """What a seller has sold in a marketplace, once: SKU and ASIN in lower case, "" for what is not known, each
    cut off after 100 characters."""

    __table_args__ = (
        Index("ix_products_all", "marketplace_id", "seller", "sku", "asin", unique=True),
        Index("ix_products_sku", "sku"),
        Index("ix_products_asin", "asin"),
    )

    id: int | None = _counted_up()
    seller: str = Field(max_length=64)
    marketplace_id: str = Field(sa_type=_NAME)
    sku: str = Field(sa_type=_NAME)
    asin: str = Field(sa_type=_NAME)


class Sold(SQLModel, table=True):
    """Which orders a product is in. Triggers on `orders` write it, whoever writes these."""

    __table_args__ = ({"sqlite_with_rowid": False},)

    product: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    order_id: str = Field(primary_key=True, max_length=32)


metadata = SQLModel.metadata
