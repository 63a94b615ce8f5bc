"""Signed addresses at which a client puts a file, as Amazon's storage keeps them; open to whoever knows one."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5

from marketplace.simulator.messages import Call
from marketplace.simulator.replies import Reply


@dataclass(slots=True)
class _Place:
    account: str
    until: datetime
    headers: Mapping[str, str]  # that the request must have, names in lower case
    content: bytes | None = None


class Storage:
    """Files by id. An address is good for a while, and for the headers that were signed with it."""

    def __init__(self) -> None:
        self._places: dict[str, _Place] = {}

    def place(self, call: Call, lifetime: timedelta, headers: Mapping[str, str]) -> tuple[str, str]:
        """A new id, and its address."""
        file_id = f"00000000-0000-4000-8000-{len(self._places) + 1:012}"
        signed = {name.lower(): value for name, value in headers.items()}
        self._places[file_id] = _Place(call.account, call.now + lifetime, signed)
        seconds = int(lifetime.total_seconds())
        return file_id, f"{call.base_url}/storage/{file_id}?X-Amz-Expires={seconds}&X-Amz-Signature=0"

    def put(self, call: Call) -> Reply:
        place = self._places.get(call.resource)
        if place is None:
            return _refusal(403, "AccessDenied", "Access Denied")
        if call.now > place.until:
            return _refusal(403, "AccessDenied", "Request has expired")
        if "x-amz-access-token" in call.headers:
            return _refusal(403, "AccessDenied", "There were headers present in the request which were not signed")
        if any(call.headers.get(name) != value for name, value in place.headers.items()):
            return _refusal(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")
        digest = b64encode(md5(call.body, usedforsecurity=False).digest()).decode()
        if place.headers.get("content-md5", digest) != digest:
            return _refusal(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
        place.content = call.body
        return Reply(200, b"", b"text/plain")

    def content(self, file_id: str, account: str) -> bytes | None:
        """None: there is no such file of this account, or nothing has been put there."""
        place = self._places.get(file_id)
        return place.content if place and place.account == account else None

    def owner(self, file_id: str) -> str:
        """The account that asked for it; empty: there is no such file."""
        return self._places[file_id].account if file_id in self._places else ""


def _refusal(status: int, code: str, message: str) -> Reply:
    text = f"<?xml version='1.0' encoding='UTF-8'?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Reply(status, text.encode(), b"application/xml")
