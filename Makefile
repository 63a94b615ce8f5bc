# One room for every command: each target sets up what it needs, from python3 alone.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
# Some images set this; with it every start would compile everything again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo run test test-long lint bench fuzz pictures tables lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## make .venv with what askonce needs to run, in about a minute
	@echo "askonce is installed in $(VENV). Next, type: . $(BIN)/activate && askonce init"

demo: $(VENV)/installed ## a small seller's world on a simulated Amazon, in about a minute and a half
	@$(BIN)/askonce demo

run: $(VENV)/installed ## the daemon in one process (settings in sellers.toml and .env)
	@$(BIN)/askonce run

T ?=
test: $(VENV)/installed-dev ## the whole test suite, with its own Redis and PostgreSQL; make test T=path: one file of it
	@$(BIN)/pytest $(T)

test-long: $(VENV)/installed-dev ## hundreds of kills and every fault, for 45 minutes or so
	@$(BIN)/pytest -m long -n 4

lint: $(VENV)/installed-dev ## ruff, mypy (strict) and the import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/installed-dev ## figures as ratios to a baseline of the same run
	@$(BIN)/python -m benchmarks

SEED ?= 1
INPUTS ?= 24000
CASE ?=
DATABASE ?= sqlite
fuzz: $(VENV)/installed-dev ## 24,000 spoilt inputs at every door; make fuzz SEED=2 INPUTS=50000, CASE=door:n: that case again
	@$(BIN)/python -m tests.fuzz --seed "$(SEED)" --inputs "$(INPUTS)" --case "$(CASE)" --database "$(DATABASE)"

pictures: $(VENV)/installed-dev ## every page in every width, theme and language, under var/pictures, to look at
	@$(BIN)/python -m tests.browser.pictures

tables: $(VENV)/installed-dev ## ledger/tables.py, from what ledger/declared.py declares
	@$(BIN)/python -m ledger.write_tables

lock: $(VENV)/installed-build ## resolve the dependencies again, with hashes and no addresses, and list them (sbom.json)
	@$(BIN)/uv pip compile -q --upgrade $(LOCK) --group pyproject.toml:build -o requirements-build.lock
	@$(BIN)/uv pip compile -q --upgrade $(LOCK) pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile -q $(LOCK) -c requirements.lock --group dev pyproject.toml -o requirements-dev.lock
	@$(MAKE) --no-print-directory sbom.json

# What is installed to run askonce, with licences; without links, of which some lead to package registries.
sbom.json: requirements.lock pyproject.toml | $(VENV)/installed-dev
	@$(BIN)/uv venv -q --clear $(VENV)/sbom
	@$(BIN)/uv pip install -q --python $(VENV)/sbom --require-hashes -r requirements.lock
	@$(BIN)/cyclonedx-py environment $(VENV)/sbom --pyproject pyproject.toml --mc-type application --output-reproducible \
	  | $(BIN)/python -c '$(WITHOUT_LINKS)' > $@
	@rm -rf $(VENV)/sbom

WITHOUT_LINKS := import json, sys; hook = lambda part: part.pop("externalReferences", 0) and part or part; \
  json.dump(json.load(sys.stdin, object_hook=hook), sys.stdout, indent=1, ensure_ascii=False)

LOCK := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header

$(VENV)/installed-build: requirements-build.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "askonce needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@echo "Installing into $(VENV), once; it takes about a minute. First pip and uv ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-build.lock
	@touch $@

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/installed-build
	@echo "Installing what askonce needs ..."
	@$(BIN)/uv pip install -q --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock pyproject.toml | $(VENV)/installed-build
	@echo "Installing what askonce and its tests need ..."
	@$(BIN)/uv pip install -q --compile-bytecode --require-hashes -r requirements-dev.lock
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/installed

clean: ## remove .venv and caches (var/, with the ledger, stays)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
