# make run and make test are all a newcomer needs; `make help` lists the rest.
PORT ?= 8050
VENV := .venv
PYTHON := $(VENV)/bin/python
# The newest Python from 3.11 on that this machine has.
FIND_PYTHON := for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done
PIP_INSTALL := $(PYTHON) -m pip install -qq --disable-pip-version-check --require-hashes
# Dash would otherwise ask its maker's server for a newer version in debug mode.
export DASH_DISABLE_VERSION_CHECK = true

.PHONY: help setup setup-dev run serve site test lint audit bench soak sample pins sbom licences clean

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/^([a-z-]+):[^#]*## */  make \1#/' | column -t -s '#'

setup: $(VENV)/.ready  ## the environment .venv alone, with what the program needs
setup-dev: $(VENV)/.ready-dev

$(VENV)/bin/python:
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Vyrak needs Python 3.11 or newer; this machine has none."; exit 1; fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then .ci/install-packages python3-venv || exit 1; fi; \
	echo "Making the environment with $$($$python --version) ..."; $$python -m venv $(VENV)

$(VENV)/.ready: requirements.txt | $(VENV)/bin/python
	@echo "Installing the pinned requirements (about a minute) ..."
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt $(VENV)/.ready
	@echo "Installing what the tests need ..."
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

run: setup  ## import the sample (the first time) and serve the dashboard: http://127.0.0.1:8050, PORT=... for another
	@if ! $(PYTHON) -m etl status >/dev/null 2>&1; then \
		echo "Importing the synthetic sample ..."; $(PYTHON) -m etl import data/sample || [ $$? -eq 1 ]; fi
	@$(MAKE) --no-print-directory serve

serve: setup  ## serve what has been imported
	@echo "Vyrak is at http://127.0.0.1:$(PORT)/  (Ctrl-C ends it)"
	@exec $(PYTHON) -m gunicorn --config gunicorn.conf.py --bind 127.0.0.1:$(PORT) app:server

site: setup  ## the whole public side as files in DIR=..., for any host; GZIP=1 adds compressed ones (docs/static-site.md)
	@if [ -z "$(DIR)" ]; then echo "Say where: make site DIR=/srv/vyrak"; exit 2; fi
	@$(PYTHON) -m static_site "$(DIR)" $(if $(GZIP),--gzip)

test: setup-dev  ## the same environment, then every check and test, browser tests included
	@.ci/install-packages chromium
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory audit
	@$(PYTHON) -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: setup-dev
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy .

audit: setup-dev  ## ask the advisory service about known vulnerabilities of every pin
	@$(PYTHON) supply_chain.py audit

soak: setup-dev  ## load, faults and hostile requests against the running site, in one table (six minutes)
	@$(PYTHON) -m benchmarks soak

bench: setup-dev  ## the benchmarks, as ratios in one run
	@$(PYTHON) -m benchmarks

sample: setup  ## make data/sample/ anew from its seed
	@$(PYTHON) -m data.make_sample

pins: setup-dev  ## compile the requirements anew from the .in files
	@$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements.in -o requirements.txt
	@$(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header -q requirements-dev.in -o requirements-dev.txt

sbom: setup-dev  ## the bill of materials (CycloneDX) into build/
	@$(PYTHON) supply_chain.py sbom

licences: setup-dev  ## docs/licences.md anew, after the pins changed
	@$(PYTHON) supply_chain.py licences

clean:  ## take away the environment and the caches; data stay
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
