"""The guide, which sets a shop up in five steps. Each reads from the files how far it is: it can be left at any time.

It is there before there is a shop, and adds one later.
"""

from web.pages.guide import checked, days, keys, service, shop
from web.pages.guide.frame import goes_on as goes_on

PAGES = (shop.PAGE, days.PAGE, keys.PAGE, checked.PAGE, service.PAGE)
