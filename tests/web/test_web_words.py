"""Every sentence that the page may say is there in every language."""

import re

import pytest

from settings.secrets import KINDS, OTHERS
from tests.web.msgids import TRANSLATED, msgids
from web.catalogue import catalogue, translations
from web.tongue import PLACES

BY_VALUE = {
    *("worker", "beat", "versions", "work", "backup", "stop file", "alerts"),
    *("mon", "tue", "wed", "thu", "fri", "sat", "sun"),
    *(*KINDS, *OTHERS, *PLACES),
    *("review", "invoice", "credit_note", "requests", "invoices", "credit notes"),
    *(
        "{source}: {why}",
        "{what}: {answer}",
        "{where}: {why}",
        "{why}: {detail}",
        "{where}: {why}: {detail}",
        "not needed yet",
        "not looked at: the settings name it in unavailable_sources",
    ),
}
"""What stands in the code as a value, and is said by it."""


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_has_its_translation_and_no_other_is_there(language: str) -> None:
    there = {
        tuple(message.id) if isinstance(message.id, tuple | list) else message.id
        for message in translations(language)
        if message.id and all(message.string if isinstance(message.string, tuple) else [message.string])
    }
    assert {str(each) for each in msgids() | BY_VALUE} - {str(each) for each in there} == set()
    assert {str(each) for each in there} - {str(each) for each in msgids() | BY_VALUE} == set()


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_same_values(language: str) -> None:
    for message in translations(language):
        if message.id:
            ids, strings = (
                each if isinstance(each, tuple | list) else (str(each),) for each in (message.id, message.string)
            )
            wanted = set(re.findall(r"{\w+}|`[^`]*`", ids[-1]))
            assert [s for s in strings if set(re.findall(r"{\w+}|`[^`]*`", s)) != wanted] == [], message.id


@pytest.mark.parametrize("n", [0, 1, 2, 7, 1_000_000])
@pytest.mark.parametrize("language", TRANSLATED)
def test_a_sentence_about_any_number_of_things_is_translated(language: str, n: int) -> None:
    said = {each: catalogue(language).ngettext(*each, n) for each in msgids() if isinstance(each, tuple)}
    assert [each for each, words in said.items() if words in each] == []


def test_french_keeps_the_space_before_a_sign_with_it() -> None:
    forms = [each.string if isinstance(each.string, tuple) else (each.string,) for each in translations("fr")]
    assert [form for each in forms for form in each if re.search(r" [:;?!»]|« ", str(form))] == []
