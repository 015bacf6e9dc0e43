# Everything runs from the checkout: the virtual environment in .venv, data in var.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
export PORT

.PHONY: install run test lint format lock

install: .venv/installed

.venv/installed: requirements.lock deploy/installer.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/installer.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	touch $@

run: install
	$(BIN)/python deploy/run_demo.py

test: install
	$(BIN)/python tests/run.py

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/djlint --lint --quiet templates

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: install
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.lock pyproject.toml -o deploy/requirements.lock
	echo uv | $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 - -o deploy/installer.lock

.PHONY: races
races: install
	$(BIN)/python -m tests.faults.races

.PHONY: faults
faults: install
	$(BIN)/python -m tests.faults.run

.PHONY: faults-running deploy-check bench demo-day
faults-running: install
	$(BIN)/python -m tests.faults.running

deploy-check: install
	$(BIN)/python -m tests.deploy_check

bench: install
	$(BIN)/python -m tests.benchmarks.run

demo-day: install
	$(BIN)/python deploy/run_demo.py --full-day
