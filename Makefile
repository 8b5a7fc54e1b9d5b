# credbot: every target works alone in a fresh clone; all it needs is Python 3.11 to 3.14.
# The first one makes .venv from the hash-locked requirements; after that it costs nothing.

.DEFAULT_GOAL := help
.PHONY: help install demo test laws lint format bench bench-big torture run check lock clean

PYTHON ?=
RUN := .venv/bin/python
# Numbers are published from one thread: on a shared machine two BLAS threads are slower.
export OPENBLAS_NUM_THREADS ?= 1

environment = @PYTHON='$(PYTHON)' sh tools/environment.sh $(1) </dev/null

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

install: ## make .venv with what running needs (make test adds what testing needs)
	$(call environment,run)

demo: ## a sample community, scored; then ask it things (no token, no network)
	$(call environment,run)
	@$(RUN) -m bot demo

run: ## the bot, with the settings of .env
	$(call environment,run)
	@$(RUN) -m bot run

check: ## say whether settings, token, permissions and database are in order
	$(call environment,run)
	@$(RUN) -m bot check

# Not even the order of sets may make two runs differ.
test: export PYTHONHASHSEED := 0
test: lint ## everything CI checks: format, lint, types, layers, all tests
	@$(RUN) -m pytest -q -n 2 --dist worksteal

laws: ## the laws on new examples and 20 times as many (SEED=… for the same ones again)
	$(call environment,dev)
	@seed=$${SEED:-$$(date +%s)}; echo "make laws SEED=$$seed"; \
	$(RUN) -m pytest -q -n 2 -m hypothesis --hypothesis-profile laws --hypothesis-seed $$seed

lint: ## format, lint and types only
	$(call environment,dev)
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy

format: ## put code into shape
	$(call environment,dev)
	@$(RUN) -m ruff format .
	@$(RUN) -m ruff check --fix .

bench: ## time and memory of the whole computation at 10k, 100k and 1M edges
	$(call environment,dev)
	@$(RUN) -m bench

bench-big: ## the same at 10M edges, beside 1M: what an edge costs (some 4 GB, a minute)
	$(call environment,dev)
	@$(RUN) -m bench.big

KILLS ?= 1000
torture: ## the crash tests with 1,000 kills of the writer (KILLS=100000 for a night)
	$(call environment,dev)
	@CREDBOT_TORTURE_KILLS=$(KILLS) $(RUN) -m pytest -q tests/storage/test_crash.py

# A week between a release and its use: most bad releases are withdrawn within days.
UV ?= uv
NEWEST ?= $(shell $(RUN) -c 'import datetime as d; print(d.date.today() - d.timedelta(7))')
COMPILE = $(UV) pip compile --universal --python-version 3.11 --exclude-newer $(NEWEST) --quiet \
	--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate
lock: ## resolve the requirements anew (needs uv); UPGRADE=--upgrade for newer versions
	$(COMPILE) $(UPGRADE) pyproject.toml --group build -o requirements.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --group build --extra dev -c requirements.txt \
		-o requirements-dev.txt

clean: ## remove .venv and caches
	@rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
