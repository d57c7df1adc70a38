# The commands of this project; `make help` lists them.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
WEB := server/http/graphiql
BUNDLE := server/http/static/graphiql.js
CLIENTS := tests/clients
EDITORS := tests/editors
INSTALLED_EDITORS := $(EDITORS)/node_modules/.package-lock.json
INSTALLED_CLIENTS := $(CLIENTS)/node_modules/.package-lock.json
HAS_NODE := node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm >/dev/null
LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-strip-extras --no-emit-index-url --no-annotate --custom-compile-command "make lock"
# One more than the two cores that we count on, for tests also wait on processes and servers.
TESTERS ?= 3

# Every tester, server and command would translate all code anew where this is set.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup serve test proof check format lock clean bundle clients editors

help: ## Show the commands.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.installed bundle clients editors ## Make the environment in .venv; where Node is at hand also GraphiQL and the clients for the tests.

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Matchkeeper needs Python 3.11 or newer, and '$(PYTHON)' is not: $$($(PYTHON) --version 2>&1)."; \
		echo "Install one (Debian: apt-get install python3 python3-venv) or name it: make $(MAKECMDGOALS) PYTHON=python3.12"; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.installed: $(VENV)/.python requirements-dev.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# Without Node the server shows a small page of its own instead, so that this is no reason to stop.
bundle:
	@if $(HAS_NODE); then \
		$(MAKE) --no-print-directory --quiet $(BUNDLE); \
	elif [ ! -e $(BUNDLE) ]; then \
		echo "GraphiQL was not built: it needs Node 20 or newer and npm (Debian: apt-get install nodejs npm)."; \
		echo "The server shows a smaller page instead. Everything else works."; \
	fi

$(BUNDLE): $(WEB)/package-lock.json $(wildcard $(WEB)/*.mjs $(WEB)/*.js $(WEB)/*.jsx $(WEB)/*.css)
	@echo "Building GraphiQL ..."
	@cd $(WEB) && npm ci --no-progress --loglevel=error && npm run --silent build
	@touch $@

# The GraphQL clients that the API is tested with; without Node those tests say what they need.
clients:
	@if $(HAS_NODE); then $(MAKE) --no-print-directory --quiet $(INSTALLED_CLIENTS); fi

$(INSTALLED_CLIENTS): $(CLIENTS)/package-lock.json
	@echo "Installing the clients for the tests ..."
	@cd $(CLIENTS) && npm ci --prefer-offline --no-progress --loglevel=error
	@touch $@

# The language server of editors, with which the schemas of rules files are tested.
editors:
	@if $(HAS_NODE); then $(MAKE) --no-print-directory --quiet $(INSTALLED_EDITORS); fi

$(INSTALLED_EDITORS): $(EDITORS)/package-lock.json
	@echo "Installing the language server for the tests ..."
	@cd $(EDITORS) && npm ci --prefer-offline --no-progress --loglevel=error
	@touch $@

serve: $(VENV)/.installed bundle ## Serve the demo program at http://127.0.0.1:8000/graphql (PORT=9000 for another port).
	$(BIN)/matchkeeper serve --demo --port $(PORT)

test: setup ## Run all tests.
	$(BIN)/python -m pytest -n $(TESTERS) --dist worksteal $(ARGS)

proof: setup ## Run the long forms of the proofs, which take many minutes.
	$(BIN)/python -m pytest -m proof $(ARGS)

check: setup ## Check style, types, layers and the committed schema.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/matchkeeper schema check
	$(BIN)/matchkeeper rules check
	$(BIN)/matchkeeper rules fmt --check

format: setup ## Format the code.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup ## Renew the locked dependencies from pyproject.toml.
	$(LOCK) --output-file requirements.txt
	$(LOCK) --group dev --output-file requirements-dev.txt

clean: ## Remove everything that was made, except databases.
	rm -rf $(VENV) server/http/static $(WEB)/node_modules $(CLIENTS)/node_modules $(EDITORS)/node_modules build dist *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find server tests -name __pycache__ -type d -prune -exec rm -rf {} +
