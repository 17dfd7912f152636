# Vigie: `make demo` and `make test` do all the set-up that they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
export DO_NOT_TRACK = 1
export PREFECT_SERVER_ANALYTICS_ENABLED = false

.PHONY: install demo test check test-servers test-engines eval torture bench lock clean help

help:            ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

install: $(READY) ## the environment in .venv, as requirements.lock says

$(READY): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "vigie needs Python 3.11 or later: install python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "vigie needs Python 3.11 or later; $(PYTHON) is older: install python3.11 or set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "python's venv module is missing: install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@command -v uv >/dev/null || test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@UV=$$(command -v uv || echo $(BIN)/uv); \
	  $$UV pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock && \
	  $$UV pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e . && \
	  $(BIN)/python -m compileall -q crawlers flows nlp vigie
	@touch $@

demo: $(READY)   ## the whole way on the simulated world, then the explorer (ARGS="--no-serve")
	@$(BIN)/vigie demo $(ARGS)

test: $(READY)   ## the tests that need no server
	@$(BIN)/python -m pytest -m "not servers and not engines and not browser and not demo and not slow" $(ARGS)

check: $(READY)  ## ruff, mypy --strict, tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(MAKE) test

test-servers: $(READY) ## the demo against its truth, a real Bluesky network, a Mastodon-API server, a browser
	@$(BIN)/python -m pytest -m "(servers or browser or demo) and not engines" $(ARGS)

test-engines: $(READY) ## real OpenSearch and Elasticsearch nodes, one engine after another (VIGIE_ENGINES=os2,es7)
	@$(BIN)/python -m pytest -m engines $(ARGS)

eval: $(READY)   ## quality of readers and detectors against their floors (needs shared data)
	@$(BIN)/python -m vigie.evaluation $(ARGS)

torture: $(READY) ## kill -9 at random points, garbage, the long tests, new examples of every property
	@$(BIN)/python -m pytest -m "slow and not engines" $(ARGS)
	@VIGIE_EXAMPLES=new $(BIN)/python -m pytest -m "hypothesis and not slow and not engines" $(ARGS)

bench: $(READY)  ## ratios against bare engines, written to benchmarks/results/
	@$(BIN)/python -m benchmarks $(ARGS)

lock:            ## requirements.lock from pyproject.toml, without any address
	@env -u UV_INDEX -u UV_DEFAULT_INDEX -u UV_EXTRA_INDEX_URL -u UV_INDEX_URL -u UV_FIND_LINKS \
	  uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --group dev \
	  pyproject.toml -o requirements.lock

clean:           ## removes the environment and what tools left
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
