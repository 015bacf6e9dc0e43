# Everything runs from the checkout: the virtual environment in .venv, data in var.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
export PORT
# What the installers keep for the next time stays in the checkout too.
export PIP_CACHE_DIR := $(CURDIR)/.venv/cache/pip
export UV_CACHE_DIR := $(CURDIR)/.venv/cache/uv
export npm_config_cache := $(CURDIR)/.venv/cache/npm

.PHONY: install run demo-day test lint format lock audit sbom messages architecture squash coverage faults races fuzz bench deploy-check cluster-check lighthouse reading screenshots handbook

install: .venv/installed

.venv/installed: requirements.lock deploy/installer.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/installer.lock
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements.lock
	touch $@

run: install
	$(BIN)/python deploy/run_demo.py

demo-day: install
	$(BIN)/python deploy/run_demo.py --full-day

test: install
	$(BIN)/python tests/run.py

# Which lines and branches the tests run, on SQLite; no threshold, the gaps are listed.
coverage: install
	DATABASE_URL=sqlite://:memory: $(BIN)/pytest -q -n auto --dist worksteal -m "not browser and not postgresql" --cov --cov-report=term-missing:skip-covered

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/djlint --lint --quiet templates

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: install
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements.lock pyproject.toml -o deploy/requirements.lock
	echo uv | $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 - -o deploy/installer.lock

# Whether a known hole is in any locked package; says so where the data can't be reached.
audit: install
	$(BIN)/python -m tests.audit

# What the site is made of, as CycloneDX, from the lock of the servers; the same each time.
sbom: install
	$(BIN)/python -W ignore -m cyclonedx_py requirements deploy/requirements.lock --pyproject pyproject.toml --output-reproducible --of JSON -o var/sbom.json

# The words for patients: collected, gettext's guesses dropped, compiled. Needs gettext; both files are committed.
LOCALE ?= es
CATALOG = clinic/locale/$(LOCALE)/LC_MESSAGES/django.po
messages: export DJANGO_SETTINGS_MODULE = tests.settings
messages: install
	$(BIN)/python manage.py makemessages -l $(LOCALE) --no-location --no-wrap --no-obsolete -i var -i tests -i deploy -i docs -i .venv
	msgattrib --clear-fuzzy --clear-previous --empty --no-wrap -o $(CATALOG) $(CATALOG)
	$(BIN)/python manage.py compilemessages -l $(LOCALE) -i .venv -i var

# The migrations from which a new database is made, out of all the others; see CONTRIBUTING.md.
squash: export DJANGO_SETTINGS_MODULE = tests.settings
squash: install
	$(BIN)/python -m tests.squash

architecture: install
	$(BIN)/python -m tests.architecture

# What no test asserts: behaviour under faults, races at length, figures. Each prints a table.
faults: install
	$(BIN)/python -m tests.faults.run
	$(BIN)/python -m tests.faults.running

races: install
	$(BIN)/python -m tests.faults.races

# More than ten thousand whole requests of nonsense, and many more values; a few minutes.
fuzz: install
	HYPOTHESIS_PROFILE=many $(BIN)/pytest -q -n auto tests/appointments/patients/test_bad_posts_properties.py tests/appointments/patients/test_bad_input_properties.py tests/treatments/test_publishing_machine.py tests/clinic/staff/test_attacks_machine.py

bench: install
	$(BIN)/python -m tests.benchmarks.run

# How many years of school each public page and each e-mail asks of its reader.
reading: install
	$(BIN)/python -m tests.reading

# Brings deploy/ up on this machine: nginx with TLS, gunicorn, PostgreSQL, worker, second factor; grades its pages.
deploy-check: install
	$(BIN)/python -m tests.deploy_check

# Two web hosts, two workers, nginx, PostgreSQL and Redis in networks of their own: each killed in turn; some minutes.
cluster-check: install
	$(BIN)/python -m tests.cluster

# Every public page and form in the set-up of deploy-check, as a phone on a slow network sees them; some minutes.
lighthouse: install
	$(BIN)/python -m tests.lighthouse

# The pictures of the README and of the handbook, and contact sheets of every page and state into var/sheets; some minutes.
screenshots: install
	$(BIN)/python -m tests.screenshots

# The handbook's pictures alone.
handbook: install
	$(BIN)/python -m tests.screenshots --handbook
