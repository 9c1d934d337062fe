# ninestep: `make run` serves it, `make test` checks it.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test eval clean

run: .venv/.run
	$(BIN)/ninestep up

test: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(PYTEST)

# Quality against its floors: the golden questions, and the collections of COLLECTIONS="DIR DIR".
eval: .venv/.run
	$(BIN)/ninestep eval gate --collection golden $(foreach one,$(COLLECTIONS),--collection $(one))
	$(BIN)/ninestep eval answers

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/.dev: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@ .venv/.run

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache
