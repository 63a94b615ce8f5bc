"""What the simulator answers, and its refusals, in Amazon's shapes."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes
    content_type: bytes = b"application/json"
    encoding: bytes = b""


def json_reply(content: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode())


def error(status: int, code: str, message: str, details: str = "") -> Reply:
    return json_reply({"errors": [{"code": code, "message": message, "details": details}]}, status)


class RefusalError(Exception):
    """Ends the call: Amazon says no."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.reply = error(status, code, message)


class InvalidInputError(RefusalError):
    """The request is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "InvalidInput", message)


class DeniedError(RefusalError):
    """The account may not do this."""

    def __init__(self, message: str = "Access to requested resource is denied.") -> None:
        super().__init__(403, "Unauthorized", message)


class NotFoundError(RefusalError):
    """There is no such thing for this account."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "The requested resource doesn't exist.")
