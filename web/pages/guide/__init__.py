"""The guide, which sets a shop up in five steps. Each reads from the files how far it is: it can be left at any time.

It is there before there is a shop, and adds one later.
"""

from web.pages import Elsewhere, Look, Page
from web.pages.guide import checked, days, keys, service, shop
from web.pages.guide.frame import address, first_undone
from web.person import Role


def _show(look: Look) -> None:
    raise Elsewhere(address(*first_undone(look)))


PAGE = Page("/guide", "guide/frame.html", _show, role=Role.ADMIN)
"""Where it goes on."""
PAGES = (PAGE, shop.PAGE, days.PAGE, keys.PAGE, checked.PAGE, service.PAGE)
