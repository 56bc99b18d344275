# Everything a contributor does, from bare Python and pip. `make help` lists it.
NEW    := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c '$(NEW)' 2>/dev/null && echo $$python && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
# each process would compile all that it imports: seconds at every start
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help demo demo-pages demo-live setup test fuzz lint types check crash soak bench bench-live bench-pages bench-indicators bench-memory bench-peers docs screenshots schema lock wheel clean

help: ## list what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## scan the recorded sample with the shipped rules
	@$(BIN)/tocsin demo

demo-pages: $(VENV)/.pages ## the same as pages in the browser, to work with
	@$(BIN)/tocsin demo --open

demo-live: $(VENV)/.dev ## run the live engine on this machine's own audit events, or on recorded ones
	@$(BIN)/python tools/demo_live.py

setup: $(VENV)/.dev ## make the development environment

test: $(VENV)/.dev ## run all tests
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

fuzz: $(VENV)/.dev ## the tests with random examples, with other ones each time, ROUNDS times (20)
	@for round in $$(seq $${ROUNDS:-20}); do echo "round $$round"; $(BIN)/python -m pytest -q \
		-m hypothesis --hypothesis-profile random -n auto --maxprocesses 4 || exit 1; done

lint: $(VENV)/.dev ## style, formatting and the import contract
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

crash: $(VENV)/.dev ## kill the live engine a thousand times under load (about half an hour)
	TOCSIN_CRASHES=$${TOCSIN_CRASHES:-1000} $(BIN)/python -m pytest -q tests/crash/test_killed.py

soak: $(VENV)/.dev ## an hour of load on the live engine: its memory stays bounded
	TOCSIN_SOAK=$${TOCSIN_SOAK:-3600} $(BIN)/python -m pytest -q tests/crash/test_soak.py

check: lint types test ## all three

bench: $(VENV)/.dev ## measure against the parse floor; writes bench/results
	$(BIN)/python -m bench

bench-pages: $(VENV)/.dev ## how soon pages answer over a million events
	$(BIN)/python -m bench.pages

bench-live: $(VENV)/.dev ## the live engine over HTTP: events a second, and how soon alerts stand
	$(BIN)/python -m bench.live

bench-indicators: $(VENV)/.dev ## the same with ten million indicators
	$(BIN)/python -m bench --indicators 10000000

bench-memory: $(VENV)/.dev ## the most memory that a scan takes, up to five million events
	$(BIN)/python -m bench --only memory --memory 200000 1000000 5000000

bench-peers: $(VENV)/.dev ## measure python-eql and DuckDB on the same events
	$(BIN)/python -m bench.peers

docs: $(VENV)/.dev ## write the generated parts of docs/
	$(BIN)/python tools/make_docs.py

screenshots: $(VENV)/.dev ## take the pictures of docs/images again, in Debian's chromium
	TOCSIN_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/browser

schema: $(VENV)/.dev ## write the field table again, from ../shared/facts
	$(BIN)/python tools/make_schema.py

lock: ## write the constraints again (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml -o constraints/runtime.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml --extra web -o constraints/web.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml --extra web --extra postgres --extra yaml \
		-o constraints/server.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --no-annotate pyproject.toml --group dev -o constraints/dev.txt

wheel: $(VENV)/.dev ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove what was made
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

# uv where it is and works, else pip; most of what comes is never imported, so it is not compiled ahead
define install
	@{ [ -n "$(UV)" ] && $(UV) pip install --quiet --python $(BIN)/python $(1) 2>/dev/null; } \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile $(1)
endef

# some systems keep back what venv needs to install pip, and have a pip that can do it
$(VENV)/.made:
	@[ -n "$(PYTHON)" ] || { echo "Tocsin needs Python 3.11 or later: make PYTHON=/path/to/it"; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 || { \
		$(PYTHON) -m venv --clear --without-pip $(VENV) \
		&& $(PYTHON) -m pip --quiet --disable-pip-version-check --python $(BIN)/python install pip; }
	@touch $@

$(VENV)/.runtime: constraints/runtime.txt pyproject.toml $(VENV)/.made
	@echo "setting up $(VENV) (once) …"
	$(call install,--require-hashes -r constraints/runtime.txt)
	$(call install,--no-deps -e .)
	@touch $@

$(VENV)/.pages: constraints/web.txt $(VENV)/.runtime
	@echo "setting up $(VENV) for pages (once) …"
	$(call install,--require-hashes -r constraints/web.txt)
	@touch $@

$(VENV)/.dev: constraints/dev.txt $(VENV)/.runtime
	@echo "setting up $(VENV) for development (once) …"
	$(call install,--require-hashes -r constraints/dev.txt)
	@touch $@
