# Two commands need nothing but Python 3.11 or newer:  make demo   and   make test
PY ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test lint soak bench-enums bench-limits bench-admin clean

demo: $(VENV)/.demo
	@exec $(BIN)/python -m webapp.demo --end-with-parent

test: $(VENV)/.test lint
	@$(BIN)/python -m tests.browser.find_chromium
	$(BIN)/python -m pytest

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

soak: $(VENV)/.test
	$(BIN)/python -m pytest -m soak -n 0

bench-enums: $(VENV)/.test
	$(BIN)/python -m bench.enums

bench-limits: $(VENV)/.test
	$(BIN)/python -m bench.limits

bench-admin: $(VENV)/.test
	$(BIN)/python -m bench.admin

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.made:
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Foyer needs Python 3.11 or newer. If you have one: make $(or $(MAKECMDGOALS),demo) PY=python3.12"; exit 1; }
	@$(PY) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PY) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: requirements.txt webapp/demo/requirements.txt | $(VENV)/.made
	$(BIN)/pip install --quiet -r requirements.txt -r webapp/demo/requirements.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt requirements.txt webapp/demo/requirements.txt | $(VENV)/.made
	$(BIN)/pip install --quiet -r requirements-dev.txt
	@touch $@ $(VENV)/.demo
