# Every target sets up its own virtual environment; nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PYTEST := pytest -n 2 --dist worksteal
LOWEST := .venv-lowest

.PHONY: demo test test-slow test-all test-lowest coverage notebooks lab docs bench lint clean
.DELETE_ON_ERROR:

demo: $(VENV)/.dev
	$(BIN)/tailor-lab demo

# The quick ones: tests/quick.py fails a test that is slow or starts a process and is not marked so.
test: $(VENV)/.dev
	$(BIN)/$(PYTEST) -m "not slow" tests

# The rest, notebooks included.
test-slow: $(VENV)/.dev
	$(BIN)/$(PYTEST) -m slow

test-all: $(VENV)/.dev
	$(BIN)/$(PYTEST)

# The quick tests with the lowest versions of everything that pyproject.toml declares.
test-lowest: $(LOWEST)/.dev
	$(LOWEST)/bin/$(PYTEST) -m "not slow" tests

# The quick tests again, counting lines; fails below the floor in pyproject.toml.
coverage: $(VENV)/.dev
	$(BIN)/$(PYTEST) -m "not slow" --cov --cov-report=term tests

notebooks: $(VENV)/.dev
	$(BIN)/pytest -n 2 notebooks

lab: $(VENV)/.dev
	$(BIN)/jupyter lab notebooks

docs: $(VENV)/.dev
	$(BIN)/python -m tools.command_line docs/reference/command_line.md
	$(BIN)/zensical build --strict --clean

bench: $(VENV)/.bench
	for script in benchmarks/[a-z]*.py benchmarks/[a-z]*/__main__.py; do \
		name=$${script#benchmarks/}; name=$${name%.py}; \
		$(BIN)/python -m benchmarks.$${name%/__main__} || exit 1; \
	done
	$(BIN)/python -m benchmarks.facts --handwritten

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.house --check

clean:
	rm -rf $(VENV) .lab build dist site .cache

# The stamp is written only after a complete installation, so that a broken one is repeated.
# constraints.txt has the versions that were tested on one Python; other Pythons take the newest.
$(VENV)/.dev: pyproject.toml $(wildcard constraints.txt)
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("tailor_lab needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	tested=$$($(BIN)/python -c 'import pathlib, sys; file = pathlib.Path("constraints.txt"); mine = "on Python {}.{};".format(*sys.version_info); print("--constraint=constraints.txt" if file.exists() and mine in file.read_text() else "")') && \
	$(BIN)/python -m pip install --quiet $$tested --editable . --group dev
	touch $@

$(LOWEST)/.dev: $(VENV)/.dev
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m tools.lowest_versions > $(LOWEST)/lowest.txt
	$(LOWEST)/bin/python -m pip install --quiet --constraint $(LOWEST)/lowest.txt --editable . --group dev
	touch $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --group bench
	touch $@
