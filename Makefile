# Two commands for a newcomer: `make app` and `make test`. Works with GNU Make 3.81 (macOS) and later; needs python3 >= 3.11.
SHELL := /bin/bash
.DEFAULT_GOAL := app
VENV := .venv
PY := $(VENV)/bin/python
PORT ?= 8501
MINUTES ?= 1
USERS ?= 20
NOISY := slow or browser or database
# By file: a module's network or app server is started once (xdist 3.8's loadgroup does nothing under pytest 9.2).
DIST := -n 2 --dist loadfile

# A stamp per content of the requirements: nothing changed, nothing is installed, and the second start is quick.
APP_STAMP := $(VENV)/.app-$(shell cat requirements.txt requirements.lock | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt requirements.lock | cksum | cut -d' ' -f1)
BENCH_STAMP := $(VENV)/.bench-$(shell cat requirements*.txt requirements.lock | cksum | cut -d' ' -f1)
# No window to open a browser in: macOS always has one, elsewhere a display variable tells.
HEADLESS := $(if $(filter Darwin,$(shell uname -s)),false,$(if $(DISPLAY)$(WAYLAND_DISPLAY),false,true))

.PHONY: app test check data bench scaling validate load lock
app: $(APP_STAMP)  ## open the app
	@echo "Corridor mapper: http://localhost:$(PORT)  (stop with Ctrl-C)"
	@$(PY) -m streamlit run app.py --server.port $(PORT) --server.headless $(HEADLESS)

# exit 5 is pytest's "no test matches": no failure while a kind of test does not exist yet
test: $(DEV_STAMP)  ## everything: style and types, the quick tests, then the slow, browser and database ones
	@.ci/system-packages
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest $(DIST) -m "not ($(NOISY))"
	$(PY) -m pytest $(DIST) --timeout 600 -m "$(NOISY)" || [ $$? -eq 5 ]

check: $(DEV_STAMP)  ## what to run before a commit: about three minutes
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q $(DIST) -m "not ($(NOISY))"

data: $(DEV_STAMP)  ## rebuild the derived files in data/ from the pinned packages
	$(PY) -m layers.build

bench: $(BENCH_STAMP)  ## our engine beside its peers, on an idle machine: docs/benchmarks.md
	$(PY) -m tests.bench

scaling: $(DEV_STAMP)  ## how cost grows with the network, facilities, closures and users: docs/scaling.md
	$(PY) -m tests.bench.scaling

validate: $(DEV_STAMP)  ## our numbers beside published ones
	$(PY) -m pytest tests -q -rA $(DIST) -k published

load: $(DEV_STAMP)  ## many users at once: make load MINUTES=10 USERS=50
	$(PY) tests/load/run.py --minutes $(MINUTES) --users $(USERS)

lock: $(DEV_STAMP)  ## pin everything below requirements*.txt again
	$(PY) -m pip install --quiet uv
	{ head -1 requirements.lock; $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
	  --no-emit-index-url requirements-bench.txt; } > requirements.lock.new
	mv requirements.lock.new requirements.lock
	{ echo "# What the app needs, each file by its checksum: pip install --require-hashes -r requirements.hashes. Rebuild: make lock"; \
	  $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
	  --generate-hashes -c requirements.lock requirements.txt; } > requirements.hashes.new
	mv requirements.hashes.new requirements.hashes
	{ echo "# What a team's PostGIS needs, each file by its checksum. Rebuild: make lock"; \
	  $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url \
	  --generate-hashes -c requirements.lock requirements-postgis.txt; } > requirements-postgis.hashes.new
	mv requirements-postgis.hashes.new requirements-postgis.hashes

$(PY):
	@.ci/make-venv $(VENV)

$(APP_STAMP): | $(PY)
	@echo "Installing what the app needs (once; one to three minutes) ..."
	@.ci/pip-install $(VENV) requirements.txt
	@rm -f $(VENV)/.app-* && touch $@

$(DEV_STAMP): | $(PY)
	@echo "Installing what app and tests need (once; one to three minutes) ..."
	@.ci/pip-install $(VENV) requirements-dev.txt
	@rm -f $(VENV)/.dev-* && touch $@

$(BENCH_STAMP): | $(PY)
	@echo "Installing what app, tests and benchmarks need (once) ..."
	@.ci/pip-install $(VENV) requirements-bench.txt
	@rm -f $(VENV)/.bench-* && touch $@
