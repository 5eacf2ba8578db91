"""A browser for all tests of this folder, and visitors whose every request is watched."""

from pathlib import Path

import pytest

from demos import CHAR_RNN, CNN, STYLE, TRANSLATION
from tests.browser.driver import Visitor, chromium, gallery_of

LATER = ("test_style", "test_gan", "test_lab")
"""Beginnings of the names of files whose tests another worker takes."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the marks
def pytest_collection_modifyitems(items):
    """Two groups, each on one worker with one browser: more browsers at once would starve each other on two cores."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            later = item.path.name.startswith(LATER)
            item.add_marker(pytest.mark.xdist_group("browser-later" if later else "browser"))


@pytest.fixture(scope="session")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def texts():
    """Address of a gallery with the two rooms of texts."""
    with gallery_of(CHAR_RNN, TRANSLATION) as address:
        yield address


@pytest.fixture(scope="session")
def pictures():
    """Address of a gallery with the two rooms of pictures."""
    with gallery_of(CNN, STYLE) as address:
        yield address


@pytest.fixture
def visit(browser, address):
    visitors = []

    def open_page(query="", **options) -> Visitor:
        visitor = Visitor(browser, address, **options)
        visitors.append(visitor)
        visitor.go(query)
        return visitor

    yield open_page
    for visitor in visitors:
        assert visitor.foreign == [], "a request left this computer"
        assert visitor.alarms == [], "a script ran or failed"
        visitor.close()
