"""The five answers of the marketplace when it does not simply say yes, each named by the next step.

Answer
├── Busy            surely not done: later            429, connection refused, words that are not the marketplace's own
├── Refused         surely not done: never, or not in this way; its reason says which
├── Unclear         perhaps done: look first          timeout after the request left, 5xx, a yes that is not plainly one
├── NotAuthorised   surely not done: stop this seller and say so
└── Broken          our bug, or words nobody has seen: loud
"""

from datetime import timedelta
from typing import TypedDict, Unpack

from marketplace.words import clean, identifier
from rules.reason import Reason


class Seen(TypedDict, total=False):
    """What is kept of an HTTP reply."""

    status: int | None
    request_id: str | None


class Answer(Exception):
    """What the marketplace said instead of yes. Never carries a secret or a buyer's data.

    `detail` is one line of at most 500 characters, whatever was said; `status` is that of HTTP.
    """

    def __init__(self, detail: str, *, status: int | None = None, request_id: str | None = None) -> None:
        self.detail = clean(detail)
        super().__init__(self.detail)
        self.status = status
        self.request_id = identifier(request_id, 128)


class Busy(Answer):
    """Surely not done; the same call may be made again after `retry_after`."""

    def __init__(self, detail: str, *, retry_after: timedelta, **seen: Unpack[Seen]) -> None:
        super().__init__(detail, **seen)
        self.retry_after = retry_after


class Refused(Answer):
    """Surely not done, for this order, for this reason."""

    def __init__(self, detail: str, *, reason: Reason, **seen: Unpack[Seen]) -> None:
        super().__init__(detail, **seen)
        self.reason = reason


class Unclear(Answer):
    """Perhaps done: never repeat, look first."""


class NotAuthorised(Answer):
    """Surely not done; nothing will be until a person mends the credentials or the roles.

    `account`: it was the account that was denied, not this call: no other call will be answered either.
    """

    def __init__(self, detail: str, *, account: bool = False, **seen: Unpack[Seen]) -> None:
        super().__init__(detail, **seen)
        self.account = account


class Broken(Answer):
    """Surely not done; the request was wrong (400) or the answer to a read makes no sense. A bug, or a new Amazon.

    `status` tells a request that Amazon refused (400, 404, …) from an answer that could not be read (200, None).
    """
