from collections.abc import Iterator

import pytest

from tests.screens.world import one_seller, twenty_sellers
from tests.web.opened import Opened, Visitor, opened


@pytest.fixture(scope="module")
def page() -> Iterator[Opened]:
    """The page of one seller, in the midst of work."""
    with one_seller() as world, world.app() as app, opened(app, world.set_up) as made:
        yield made


@pytest.fixture(scope="module")
def agency() -> Iterator[Opened]:
    """The page of twenty sellers."""
    with twenty_sellers() as world, world.app() as app, opened(app, world.set_up) as made:
        yield made


@pytest.fixture
def owner(page: Opened) -> Iterator[Visitor]:
    """Who may do everything, at the page of one seller."""
    with page.visitor() as visitor:
        yield visitor
