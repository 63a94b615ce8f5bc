"""Messages, as people read them: a title, and a line for each thing."""

from collections.abc import Sequence

from ledger.alerts import Alert
from tasks.alerts.kind import Kind

MOST = 20
"""Lines of a message: what a chat takes, and a person reads."""


def raised(alerts: Sequence[Alert]) -> tuple[str, str]:
    """Title and body about what is wrong."""
    return _title(alerts, "things need you"), _body([f"{said(each)}. To do: {each.remedy}" for each in alerts])


def over(alerts: Sequence[Alert]) -> tuple[str, str]:
    """Title and body about what is over."""
    lines = [f"Over, since {each.over_at:%Y-%m-%d %H:%M} UTC: {said(each)}" for each in alerts]
    return f"over: {_title(alerts, 'things')}", _body(lines)


def said(alert: Alert) -> str:
    """What is wrong, and with whom."""
    return ": ".join(filter(None, (alert.seller, alert.what)))


def _title(alerts: Sequence[Alert], several: str) -> str:
    first, *more = alerts
    if any(each.kind != first.kind for each in more):
        return f"{len(alerts)} {several}"
    whose = "" if any(each.seller != first.seller for each in more) else first.seller
    return ": ".join(filter(None, (whose, Kind(first.kind).meaning)))


def _body(lines: Sequence[str]) -> str:
    left = len(lines) - MOST
    return "\n".join([*lines[:MOST], *([f"and {left} more: askonce alerts"] if left > 0 else [])])
