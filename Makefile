# make up        set up what is needed and start the product
# make test      every test, browser and PostgreSQL included        make test ARGS="tests/jobs -k lease"
# make check     style, types, import rules, documentation up to date
# make evidence  every claim, measured here        make evidence ONLY=import SCALE=small
# make docs      write docs/reference from the code
SHELL := /bin/sh
PY := .venv/bin/python
# Tests run side by side, a file at a time on each: one for every processor, from two to four of them.
WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); [ $$n -ge 2 ] || n=2; [ $$n -le 4 ] || n=4; echo $$n)
# Files in the order collected: those with a browser come last, as its event loop stays in their process.
.PHONY: setup setup-tests up test check evidence docs
.DEFAULT_GOAL := up
# Compiled code is kept: hundreds of processes begin in a run of all tests, each in half the time from it.
unexport PYTHONDONTWRITEBYTECODE

setup:
	@tools/setup.sh

setup-tests: setup
	@tools/setup-tests.sh

up: setup
	@exec .venv/bin/siyu $(if $(HOME_DIR),--home $(HOME_DIR)) up $(if $(PACE),--pace $(PACE))

test: setup-tests
	$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/basedpyright
	.venv/bin/lint-imports
	$(PY) -m tools.house
	$(PY) -m docs.generate --check

evidence: setup
	$(PY) -m evidence $(if $(ONLY),--only $(ONLY)) --scale $(or $(SCALE),full)

docs: setup
	$(PY) -m docs.generate
