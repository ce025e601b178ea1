# Octavo. `make help` explains every target.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= auto
.DEFAULT_GOAL := help
PEERS := .cache/peers
.PHONY: help setup demo serve test attack chaos messages coverage check lint types contracts docs site pictures bench bench-growth bench-peers lock clean

help: ## Explain every target
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/ready: pyproject.toml client/pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e client -e '.[dev]'
	-$(BIN)/python -m pip download --quiet --disable-pip-version-check -c constraints.txt --no-deps --no-binary pymarc -d $(VENV)/sources pymarc
	@touch $@

setup: $(VENV)/ready ## Make .venv with the pinned versions

demo: setup ## Start Octavo with a sample library, and say what to try
	$(BIN)/octavo demo

serve: setup ## Start Octavo on what is in .octavo
	$(BIN)/octavo serve

test: setup ## Run the tests, on a PostgreSQL of their own
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope

messages: setup ## Write docs/reference/messages.md anew, from a run of the tests that provoke messages
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --write-messages tests/rules tests/catalogue tests/services tests/web

attack: setup ## Attack a server for about a quarter of an hour, and say what was tried and found
	cd tests && ../$(BIN)/python -m attack

chaos: setup ## Kill, pause and starve a server under load for some minutes, and count what went wrong; writes docs/chaos.md
	cd tests && ../$(BIN)/python -m chaos

coverage: setup ## Run the tests and say which branches they miss
	$(BIN)/coverage run -m pytest -n $(WORKERS) --dist loadscope
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

check: lint types contracts docs site test ## Everything that CI checks

lint: setup ## Style, common mistakes, and what endangers safety
	$(BIN)/ruff check src client tests bench
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive src client/src

types: setup ## Static types
	$(BIN)/mypy

contracts: setup ## The directions of imports
	$(BIN)/lint-imports

docs: setup ## Write the generated pages of docs/ anew, and fail if one was out of date
	$(BIN)/python -m octavo.app.reference --check docs

site: docs ## Build the site of all documents into build/site; a broken link fails
	$(BIN)/mkdocs build --strict --quiet

pictures: setup ## Take the pictures of the patron's page in docs/pictures anew, with Chromium
	cd tests && ../$(BIN)/python -m browser.pictures

bench: setup ## Measure against the database's own limit and a bare program; writes docs/performance.md
	$(BIN)/python -m bench

bench-growth: setup ## Measure with 10 thousand, 1 million and 10 million loans (about half an hour, 50 GB)
	$(BIN)/python -m bench.growth

$(PEERS)/ready: bench/peers/requirements.txt
	$(PYTHON) -m venv $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

bench-peers: setup $(PEERS)/ready ## Measure against Kinto and against FastAPI with SQLAlchemy
	$(BIN)/python -m bench.peers --python $(PEERS)/bin/python

lock: setup ## Write the versions in use to constraints.txt
	$(BIN)/python -m pip freeze --exclude-editable | grep -v '^octavo' | sort -f > constraints.txt

clean: ## Remove what was built, but not the data in .octavo
	rm -rf $(VENV) .cache build dist src/*.egg-info client/src/*.egg-info
