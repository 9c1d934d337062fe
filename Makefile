# ninestep: `make run` serves it, `make test` checks it.
PYTHON ?= python3
BIN := .venv/bin
# What pytest is given. Without a word the fast tests run; PYTEST= alone runs every one.
PYTEST ?= -m "not slow and not browser"

.PHONY: run test eval lock locked audit sbom clean

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

# requirements.lock anew, from pyproject.toml and constraints.txt; torch is left out, its CPU and GPU builds differ, and
# so are what its GPU build wants ([tool.uv] in pyproject.toml).
lock: .venv/.audit
	$(BIN)/uv pip compile --quiet --no-header pyproject.toml -c constraints.txt --python-version 3.11.7 --python-platform x86_64-manylinux_2_28 \
	  --generate-hashes --no-annotate --no-emit-package torch -o requirements.lock
	sed -i '1i # Every dependency but torch with the hash of each of its files; CPython 3.11, Linux x86-64. Made by `make lock`, installed by `make locked`.' requirements.lock

# What `run` installs, every file but torch's compared with its hash first.
locked: | .venv/bin/python
	$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet -c constraints.txt torch
	$(BIN)/pip install --quiet --no-deps -e .
	$(BIN)/pip check
	touch .venv/.run

# Known holes of the versions in the lock; fails, too, where the advisory service cannot be reached.
audit: .venv/.audit
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements.lock || { \
	  echo "make audit: holes were found; or, where a dependency was not found, the advisory service cannot be reached and nothing was audited" >&2; \
	  exit 1; }

# What is installed, as CycloneDX; needs no network.
sbom: .venv/.audit
	$(BIN)/cyclonedx-py environment --output-reproducible --of JSON -o sbom.json .venv/bin/python

.venv/.audit: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[audit]'
	touch $@ .venv/.run

clean:
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache
