"""docs/reasons.md has every reason, in the words of the code."""

import pytest

from rules.reason import Reason
from tests.docs.pages import rows, text

PAGE = "docs/reasons.md"


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_in_the_docs(reason: Reason) -> None:
    assert f"| `{reason}` | {reason.meaning} | {reason.remedy or 'nothing'} |" in text(PAGE).splitlines()


def test_the_docs_have_no_reason_of_their_own() -> None:
    assert sorted(name for name, *_ in rows(text(PAGE))) == sorted(Reason)
