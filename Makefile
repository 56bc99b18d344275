# Everything a contributor does, from bare Python and pip. `make help` lists it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
.DEFAULT_GOAL := help
.PHONY: help demo setup test lint types check bench bench-peers docs schema lock wheel clean

help: ## list what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## scan the recorded sample with the shipped rules
	@$(BIN)/tocsin demo

setup: $(VENV)/.dev ## make the development environment

test: $(VENV)/.dev ## run all tests
	$(BIN)/python -m pytest -q

lint: $(VENV)/.dev ## style, formatting and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

check: lint types test ## all three

bench: $(VENV)/.dev ## measure against the parse floor; writes bench/results
	$(BIN)/python -m bench

bench-peers: $(VENV)/.dev ## measure python-eql and DuckDB on the same events
	$(BIN)/python -m bench.peers

docs: $(VENV)/.dev ## write the generated parts of docs/
	$(BIN)/python tools/make_docs.py

schema: $(VENV)/.dev ## write the field table again, from ../shared/facts
	$(BIN)/python tools/make_schema.py

lock: ## write the constraints again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml -o constraints/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml --group dev -o constraints/dev.txt

wheel: $(VENV)/.dev ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove what was made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
ifdef UV
	@$(UV) venv --quiet --seed --python $(PYTHON) $(VENV)
else
	@$(PYTHON) -m venv $(VENV)
endif

$(VENV)/.runtime: constraints/runtime.txt pyproject.toml | $(BIN)/python
	@echo "setting up $(VENV) (once)"
ifdef UV
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r constraints/runtime.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints/runtime.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
endif
	@touch $@

$(VENV)/.dev: constraints/dev.txt $(VENV)/.runtime
ifdef UV
	@$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r constraints/dev.txt
else
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints/dev.txt
endif
	@touch $@
