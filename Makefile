# Every recipe sets up what it needs: a fresh machine needs Python 3.11 or newer, and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := __init__.py $(wildcard diagrams/report/front/* model/*.py model/*/*.py model/*/*/*.py properties/*.py properties/*/*.py properties/*/*/*.py diagrams/*/*.py diagrams/*.py cli/*.py cli/*/*.py pytest_plugin/*.py)

.PHONY: help demo test test-fast mutants breaks lint check format exhaustive nightly fuzz bench golden docs gallery clean

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# What runs skewproof, and nothing else. The editable install is strict (a tree of links), so that type checkers can follow it; a new
# source file needs a new install, hence the list of sources. An editable install has no bytecode, and
# where PYTHONDONTWRITEBYTECODE is set (containers) each start would compile every module anew.
$(VENV)/runs: pyproject.toml $(SOURCES)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --config-settings editable_mode=strict --editable .
	$(BIN)/python -m compileall -q build/__editable__*
	touch $@

# What tests, judges and draws as well. `--group` needs a pip that knows dependency groups (PEP 735).
$(VENV)/installed: $(VENV)/runs
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

demo: $(VENV)/runs ## check Spryker Cloud Commerce OS, print the verdict, leave diagrams
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

test: $(VENV)/installed ## run all tests, with what they need of Debian's packages
	@bash .ci/tools
	$(BIN)/python -m pytest -n auto

test-fast: $(VENV)/installed ## run the unit tests alone, in about a minute
	$(BIN)/python -m pytest -q tests/unit

mutants: $(VENV)/installed ## change the core in one place after the other, and see whether a unit test notices
	cd tests && nice -n 10 ../$(BIN)/python -m mutation $(MUTANTS)

breaks: $(VENV)/installed ## take each check of the verifier away, and see whether a test notices
	cd tests && nice -n 10 ../$(BIN)/python -m mutation.verifier $(BREAKS)

lint: $(VENV)/installed ## format, lint, types, import contracts, names
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy -p skewproof
	cd tests && ../$(BIN)/mypy --config-file ../pyproject.toml . ../benchmarks ../docs/gallery ../docs/codes.py ../docs/hazards.py ../docs/ci/comment.py ../.ci/house.py ../.ci/words.py
	$(BIN)/lint-imports
	$(BIN)/python .ci/words.py

check: lint test ## what CI runs

format: $(VENV)/installed ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

exhaustive: $(VENV)/installed ## hold the checker against the oracle on 5,000 random deployments
	$(BIN)/python -m pytest -n auto -m exhaustive -s tests/differential

nightly: $(VENV)/installed ## run the property tests with twenty times the examples
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n auto tests/property

COUNT ?= 1000
SEED ?= 0

fuzz: $(VENV)/installed ## feed it what nobody would write: COUNT inputs of each part, from SEED
	cd tests && ../$(BIN)/python -m fuzz.campaign --count $(COUNT) --seed $(SEED)

golden: $(VENV)/installed ## write the golden files anew; read the difference before you commit it
	$(BIN)/python -m pytest -q tests/golden --golden-write

docs: $(VENV)/installed ## build the documentation into docs/_build, warnings being errors
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -b html docs docs/_build

gallery: $(VENV)/installed ## draw docs/gallery and docs/sccos-step-by-step anew from the examples
	$(BIN)/python docs/gallery/gallery.py
	$(BIN)/python docs/gallery/step_by_step.py

bench: $(VENV)/installed ## measure, and write docs/benchmarks
	$(BIN)/python -m pip install --quiet --group bench
	$(BIN)/python benchmarks/start_up.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/shapes.py
	$(BIN)/python benchmarks/shapes.py --unsafe --failures
	$(BIN)/python benchmarks/compare.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/certificates.py
	$(BIN)/python benchmarks/jobs.py

clean: ## remove what the recipes made
	rm -rf $(VENV) build dist diagrams-out docs/_build *.egg-info
