"""The form of the settings: what it was made from, what was typed into it, and what would come of that."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from settings.complaints import Complaint
from settings.edit import CannotEdit, changed
from settings.schema import Seller
from settings.wording import wrong_settings
from tasks.merge_lines import merged
from tasks.not_done import NotDone
from tasks.settings_file import SettingsFile, Version, difference
from tasks.settings_proposal import Proposal, changed_settings, propose, seller_in
from web import complaints as words
from web import settings_fields as fields
from web.pages import Look, Missing
from web.person import Role


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What somebody else changed in the file since the form was made: settings before and after, or lines.

    `is_merged`: what was typed stands on top of it.
    """

    settings: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    is_merged: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """`why_not`: why nothing can be saved here; empty: it can. `digest`: of the file that the form is made from.

    `texts`: what stands in the fields of `seller`, by name; None: there are none. `whole`: the text of the whole file,
    if that is asked for. `proposal`: of what was typed; `wrong`: what is wrong with it, by field.
    """

    why_not: Markup
    digest: str = ""
    seller: Seller | None = None
    texts: Mapping[str, str] | None = None
    whole: str | None = None
    complaints: tuple[Complaint, ...] = ()
    proposal: Proposal | None = None
    wrong: Mapping[str, Markup] = field(default_factory=dict)
    meanwhile: Meanwhile | None = None


def is_whole(look: Look) -> bool:
    """Whether the whole file is asked for. Raises Missing: not for this person."""
    if look.query.get("view") != "file":
        return False
    if not look.person.may(Role.ADMIN) or look.person.sellers is not None:
        raise Missing
    return True


def the_seller(look: Look) -> str | None:
    """The seller that is asked for, or the only one; None: several, or the whole file. Raises Missing."""
    found = list(look.chosen)
    return found[0] if len(found) == 1 and not is_whole(look) else None


def form_of(look: Look) -> Form:
    """The form, with what was typed if it was sent."""
    name, file = the_seller(look), look.app.settings_file
    if file is None:
        why_not = look.tongue.say("These settings are in no file, as a demo's are not: they cannot be changed here.")
        return _unchangeable(look, name, why_not)
    try:
        now = file.read()
    except NotDone as why:
        return _unchangeable(look, name, look.tongue.said(why.words, look.now))
    why_not = Markup() if look.person.may(Role.ADMIN) else look.tongue.say("An admin can change the settings.")
    is_sent = "digest" in look.form
    if is_whole(look):
        return (
            _whole(look, file, now)
            if is_sent
            else Form(why_not, now.digest, whole=now.text, complaints=_wrong(file, now))
        )
    if name is None:
        return Form(why_not, now.digest)
    seller = seller_in(now.text, name)
    if seller is None:
        mistakes = look.tongue.say("What the file says of this seller cannot be used. What is shown is at work.")
        wrong = _wrong(file, now) if look.person.sellers is None else ()
        return Form(mistakes, now.digest, look.sellers[name], fields.texts(look.sellers[name]), complaints=wrong)
    return _typed(look, file, now, seller) if is_sent else Form(why_not, now.digest, seller, fields.texts(seller))


def _unchangeable(look: Look, name: str | None, why_not: Markup) -> Form:
    seller = look.sellers[name] if name else None
    return Form(why_not, seller=seller, texts=fields.texts(seller) if seller else None)


def _wrong(file: SettingsFile, now: Version) -> tuple[Complaint, ...]:
    return file.tried(now.text).complaints


def _whole(look: Look, file: SettingsFile, now: Version) -> Form:
    text = look.form.get("text", "").replace("\r\n", "\n")
    if "\r\n" in now.text:
        text = text.replace("\n", "\r\n")
    base, meanwhile = file.as_read(look.form["digest"]), None
    if look.form["digest"] != now.digest:
        both = merged(base, text, now.text) if base is not None else None
        meanwhile = Meanwhile(lines=difference(base or now.text, now.text), is_merged=both is not None)
        text = text if both is None else both
    return Form(Markup(), now.digest, whole=text, proposal=propose(look.app, file, now, text), meanwhile=meanwhile)


def _typed(look: Look, file: SettingsFile, now: Version, seller: Seller) -> Form:
    """What a person changed, put on top of what the file says now: nobody's change is lost."""
    base_text = file.as_read(look.form["digest"])
    base = (base_text and seller_in(base_text, seller.name)) or seller
    typed = fields.typed(look.form, base, seller)
    try:
        text = changed(now.text, seller.name, typed.changes)
    except CannotEdit as error:
        why_not = look.tongue.say(
            "{setting} is written in a way that cannot be changed here. Change it in the whole file.",
            setting=error.args[0],
        )
        return Form(why_not, now.digest, seller, typed.texts)
    wrong = wrong_settings(tomllib.loads(text), seller.name)
    at_field = {
        name: _said(look, typed.texts[name], what) for key, what in wrong.items() if (name := fields.field_of(key))
    }
    if typed.changes.get(fields.WEEKDAYS) == []:
        at_field[fields.names(fields.WEEKDAYS)[0]] = _said(look, "", "must name at least one")
    proposal = propose(look.app, file, now, text)
    is_other = look.form["digest"] != now.digest
    return Form(
        Markup(),
        now.digest,
        seller,
        typed.texts,
        proposal=proposal,
        wrong=at_field,
        meanwhile=Meanwhile(changed_settings(base, seller)) if is_other else None,
    )


def _said(look: Look, typed: str, wrong: str) -> Markup:
    return words.said(look.tongue, typed, wrong)
