"""One running gallery for all tests that need one."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as app.py does, before numpy comes in

import pytest


@pytest.fixture(scope="session")
def address():
    """Address of the real app, started as `python app.py` starts it."""
    import app

    gallery = app.create_app()
    _, url, _ = gallery.launch(**app.launch_options(), prevent_thread_lock=True, quiet=True)
    yield url
    gallery.close()
