# Two commands are the whole set-up: `make demo` and `make test`. Each makes what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo demo-hub test test-hub check bench error-rates fuzz golden docs catalogue languages locks clean

demo: $(STAMP)
	$(BIN)/luciole demo demo

# A hub with four made-up members, inert samples and a tour, on this computer alone; goes on where it stopped.
demo-hub: $(STAMP)
	$(BIN)/luciole hub demo demo-hub

test: $(STAMP)
	tools/system-packages
	$(MAKE) --no-print-directory check
	$(BIN)/pytest -q -n 2 --dist worksteal --ignore tests/hub
	$(BIN)/pytest -q -n 2 --dist worksteal tests/hub --ignore tests/hub/faults --ignore-glob '*_in_a_browser.py'

# Everything about the hub: on SQLite and on PostgreSQL, with faults and in a browser. Takes a quarter of an hour.
test-hub: $(STAMP)
	tools/system-packages
	LUCIOLE_TEST_DATABASE=sqlite $(BIN)/pytest -q -n 2 --dist worksteal tests/hub
	LUCIOLE_TEST_DATABASE=postgresql $(BIN)/pytest -q -n 2 --dist worksteal tests/hub

# Everything that reads the code without running it.
check: $(STAMP)
	$(BIN)/ruff check -q --output-format concise .
	$(BIN)/ruff format -q --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# Measures beside the peers of the same run; writes benchmarks/results.json and docs/reference/performance.md.
bench: $(STAMP)
	$(BIN)/python benchmarks/run.py

# Measures how often Luciole is wrong, on the labelled set that comes along; writes docs/reference/error-rates.md.
error-rates: $(STAMP)
	folder=$$(mktemp -d) && $(BIN)/luciole evaluate "$$folder" --make --quiet --out docs/reference/error-rates.md; \
		ended=$$?; rm -rf "$$folder"; exit $$ended

# Coverage-guided fuzzing of every parser; SECONDS_EACH is the time for each target.
fuzz: $(STAMP)
	$(BIN)/python tests/hostile/fuzz.py --seconds $(or $(SECONDS_EACH),600)

# Rewrites what is generated: golden files, reference pages, the compiled catalogue, translation catalogues.
golden: $(STAMP)
	LUCIOLE_REFRESH=1 $(BIN)/pytest -q tests/golden tests/unit/criteria

docs: $(STAMP)
	$(BIN)/python tools/reference.py
	$(BIN)/python tools/hub_settings.py

catalogue: $(STAMP)
	$(BIN)/python tools/catalogue.py

languages: $(STAMP)
	$(BIN)/python tools/languages.py
	$(BIN)/python tools/hub_languages.py

# Resolves the dependencies anew. The files hold digests and name no package host.
locks: $(STAMP)
	cd requirements && ../$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
		--universal --python-version 3.11 ../pyproject.toml -o base.lock
	cd requirements && ../$(BIN)/uv pip compile -q --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links \
		--universal --python-version 3.11 --all-extras ../pyproject.toml -o dev.lock

$(STAMP): requirements/dev.lock pyproject.toml
	tools/make-venv $(PYTHON) $(VENV)
	touch $@

clean:
	rm -rf $(VENV) demo demo-hub .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
