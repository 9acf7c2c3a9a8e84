# Two commands: `make start` and `make test`. Each installs what it needs first; doing it again takes a moment.

PYTHON ?= python3
BIN := .venv/bin
JS := tests/acceptance/js
AZURITE := bench/azurite
SDK = $(wildcard .venv/lib/python3*/site-packages/azure/cognitiveservices/speech)

# Only words on the command line count: an exported HOST or PORT was meant for somebody else.
chosen = $(if $(filter command line,$(origin $(1))),--$(2) '$($(1))')
SERVE = $(call chosen,DATA,home) $(call chosen,PORT,port) $(call chosen,HOST,host)

# apt packages: root gets them, anybody else is told the line to type. $(1) packages, $(2) what they are for
define apt
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	echo "$(2): installing $(1) …"; \
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null; \
elif command -v sudo >/dev/null; then \
	echo "$(2). Type: sudo apt-get install -y $(1)" >&2; false; \
else \
	echo "$(2). Type: su -c 'apt-get install -y $(1)'" >&2; false; \
fi
endef

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10
	@echo; echo "make start PORT=5001 HOST=0.0.0.0 DATA=folder   chooses where it listens and keeps its data"

.PHONY: install
install: .venv/.packages .venv/.models ## Make .venv with everything in it, models included

.PHONY: start
start: install sound ## Start the server and show how to use it
	@$(BIN)/auricle serve $(SERVE)

.PHONY: test
test: install sound js postgres ## Check and test everything, with the real SDKs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -m "not acceptance" --numprocesses auto
	$(BIN)/pytest -m acceptance

# One benchmark: make bench ACCURACY=1 | LIVE=1 | OVERHEAD=1 | MEMORY=1 | PHRASES=1 | CLIENT=1 | CONTROL=1 | INGEST=1; all without.
# LIMIT=10 takes few recordings; OPTIONS='--model moonshine-tiny' passes anything else on (docs/benchmarks.md).
BENCHMARKS = $(foreach name,accuracy live overhead memory phrases client control ingest,$(if $($(shell echo $(name) | tr a-z A-Z)),$(name)))

.PHONY: bench
bench: install sound postgres azurite .venv/.bench ## Measure it, or one part of it (docs/benchmarks.md names them)
	$(BIN)/python -m bench $(BENCHMARKS) $(if $(LIMIT),--limit $(LIMIT)) $(OPTIONS)

.venv/.bench: pyproject.toml .venv/.packages
	@echo "Installing what Auricle is compared with …"
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

.PHONY: clean
clean: ## Remove what was installed and built here; the data folder stays
	rm -rf .venv build dist $(JS)/node_modules $(AZURITE)/node_modules src/auricle.egg-info .*_cache .hypothesis

.PHONY: python
python:
	@command -v $(PYTHON) >/dev/null || { $(call apt,python3 python3-venv,Auricle needs Python); }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$$($(PYTHON) --version) is too old: Auricle needs 3.11 or newer, which Debian has from 12 on." >&2; \
		echo "With a newer one beside it, type: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; false; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(call apt,python3-venv,Python needs its venv module); }

.venv/bin/python: | python
	@$(PYTHON) -m venv .venv

.venv/.packages: pyproject.toml | .venv/bin/python
	@echo "Installing Python packages into .venv …"
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

.venv/.models: src/auricle/engine/catalogue.toml .venv/.packages
	@$(BIN)/auricle models install
	@touch $@

# Microsoft's SDK wants a sound library even where there is no microphone; Debian renamed it in release 13.
SOUND = $(if $(shell dpkg -l '*t64' 2>/dev/null | grep '^ii'),libasound2t64,libasound2)

.PHONY: sound
sound: .venv/.packages
	@! ldd $(SDK)/*.so 2>/dev/null | grep -q 'libasound.*not found' || { $(call apt,$(SOUND),The Speech SDK needs a sound library); } || \
		echo "Going on without it: the Speech SDK for Python will not work on this machine." >&2

# The JavaScript SDK, for the tests.
.PHONY: js
js:
	@command -v node >/dev/null && command -v npm >/dev/null || { $(call apt,nodejs npm,The tests of the JavaScript SDK need Node.js); } || \
		echo "Going on without it: the tests of the JavaScript SDK will be skipped." >&2
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(JS)/node_modules/.installed; fi

$(JS)/node_modules/.installed: $(JS)/package-lock.json
	@echo "Installing the JavaScript SDK …"
	@cd $(JS) && npm ci --silent --no-audit --no-fund
	@touch $@

# PostgreSQL's server programs: the tests and benchmarks start one of their own, no service is needed.
.PHONY: postgres
postgres:
	@command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || \
		{ $(call apt,postgresql,The tests on PostgreSQL need it); } || \
		echo "Going on without it: what concerns PostgreSQL will be skipped." >&2

# The storage emulator that the control plane is compared with.
.PHONY: azurite
azurite:
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(AZURITE)/node_modules/.installed; \
	else echo "Going on without npm: Azurite will not be measured." >&2; fi

$(AZURITE)/node_modules/.installed: $(AZURITE)/package-lock.json
	@echo "Installing Azurite …"
	@cd $(AZURITE) && npm ci --silent --no-audit --no-fund
	@touch $@
