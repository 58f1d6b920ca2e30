# The one door. Each target sets up .venv as far as it needs, once, and again when pyproject.toml changes.
VENV := .venv
BIN := $(VENV)/bin
CANDIDATES := python3.11 python3.12 python3.13 python3.14 python3 python
FITS := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in $(CANDIDATES); do "$$name" -c '$(FITS)' >/dev/null 2>&1 && command -v "$$name" && break; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

DATA ?= $(or $(CARDLENS_DATA),../shared/cards)

export PHOTO

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## Say what can be made.
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

.PHONY: scan
scan: $(VENV)/core.stamp ## Name the demo photo's cards, or yours: make scan PHOTO=page.heic
	@if [ -z "$$PHOTO" ]; then $(BIN)/cardlens identify --demo --annotate . && echo "Drawn: demo.cardlens.jpg"; \
	elif [ -d "$$PHOTO" ]; then $(BIN)/cardlens identify --annotate "$$PHOTO" -- "$$PHOTO"; \
	else $(BIN)/cardlens identify --annotate "$$(dirname -- "$$PHOTO")" -- "$$PHOTO"; fi

.PHONY: serve
serve: $(VENV)/serve.stamp ## Open the web page: camera, photos and your collection, in a browser.
	@$(BIN)/cardlens serve --open

.PHONY: bench
bench: $(VENV)/dev.stamp ## Measure everything, baselines too: make bench [DATA=cards/] [QUICK=1]
	$(BIN)/cardlens bench --data "$(DATA)" --out runs/bench $(if $(QUICK),--quick)

.PHONY: test
test: $(VENV)/dev.stamp ## Check everything: style, types, imports, tests.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

.PHONY: format
format: $(VENV)/dev.stamp ## Put the code into its style.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(VENV)/core.stamp: pyproject.toml
	$(if $(PYTHON),,$(error No Python 3.11 or newer with venv found; install one, or name it: make PYTHON=/path/to/python3.12))
	@echo "Setting up $(VENV) (once) ..."
	@"$(PYTHON)" -m venv $(VENV)
	@$(PIP) install --editable .
	@touch $@

$(VENV)/serve.stamp: $(VENV)/core.stamp pyproject.toml
	@echo "Installing what the web page needs (once) ..."
	@$(PIP) install --editable '.[serve]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/core.stamp pyproject.toml
	@echo "Installing what the tests and training need (once; torch is large) ..."
	@$(PIP) install --editable '.[dev]'
	@touch $@
