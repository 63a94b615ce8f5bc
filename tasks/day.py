"""What a day brought each seller, in a line that adds up: for the log and for the daily digest."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ledger import days
from ledger.database import Connection
from settings.schema import Seller
from tasks.gate import day_start


def day_lines(connection: Connection, sellers: Sequence[Seller], today: datetime) -> Iterator[str]:
    """A line for each of these sellers, who share a zone, about the day that ended at `today`, their midnight."""
    yesterday = day_start(sellers[0], today - timedelta(hours=12))
    tomorrow = day_start(sellers[0], today + timedelta(hours=36))
    ended = days.ended(connection, yesterday, today)
    documents = days.documents_sent(connection, yesterday, today)
    to_come = days.to_come(connection, tomorrow)
    for seller in sellers:
        of_day = f"{seller.name}: {yesterday.astimezone(seller.zone):%d %b}"
        sent = f"; {documents[seller.name]} documents sent" if seller.invoices.enabled else ""
        more = f"; tomorrow {_within(seller, to_come[seller.name])}" if seller.live else "; live = false"
        yield f"{of_day}: {_sum(ended.get(seller.name, Counter()))}{sent}{more}"


def _sum(ended: Counter[str]) -> str:
    """As `41 orders = 23 asked + 15 refunded + 3 not offered`."""
    asked = ended.pop("sent", 0)
    parts = [f"{asked} asked", *(f"{count} {reason.replace('_', ' ')}" for reason, count in ended.most_common())]
    total = asked + ended.total()
    return f"{total} order{'' if total == 1 else 's'} = {' + '.join(parts)}"


def _within(seller: Seller, count: int) -> int:
    limit = seller.review_requests.daily_limit
    return count if limit is None else min(count, limit)
