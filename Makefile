# The verbs of this project; each sets up what it needs.
.PHONY: demo test parity lint types bench lock audit mutants faults crash fuzz privacy soak clean

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# Tests run side by side; WORKERS=0 runs them one after the other.
WORKERS ?= 2
BUILT_FROM := pyproject.toml hatch_build.py scripts/fetch_models.py scripts/setup.sh \
	requirements/build.txt

demo: $(VENV)/.run
	$(BIN)/posture-monitor --data-dir $(VENV)/demo-data demo

test: $(VENV)/.dev lint types
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -q -m core tests/core \
		--cov=posture_monitor/core --cov-report=term:skip-covered --cov-fail-under=100
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -q -m "not core"

# The default engine against its reference on every frame of the samples (minutes).
parity: $(VENV)/.dev
	EVERY_FRAME=1 $(BIN)/python -m pytest -n $(WORKERS) -q tests/vision/test_parity.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# Changes the core in one place at a time and tells which changes no test notices; MODULES="day/hours
# judge/strain" takes some of its modules, SHARE=1 every change in place of each fourth.
MODULES ?=
SHARE ?= 0.25
mutants: $(VENV)/.dev
	$(BIN)/python scripts/mutants.py --share $(SHARE) $(MODULES)

# Promises proved by trying, each in less than ten minutes; "make faults QUICK=1" takes seconds.
QUICK ?=
faults crash fuzz privacy soak: $(VENV)/.dev
	$(BIN)/python -m proof.$@ $(if $(QUICK),--quick)

# The source distribution, and the wheel built from it, into dist/; the same sources give the same
# bytes.
.PHONY: wheel deb packages docs pictures
wheel: $(VENV)/.dev
	$(BIN)/python -m build --no-isolation --outdir dist .

# A package for this Debian, into dist/; needs packages/deb/tools.txt.
deb: $(VENV)/.dev
	packages/deb/build.sh $(VENV)

# Proves that what is built is the same each time, installs without a network, runs, and goes
# again; as root, minutes. "make packages QUICK=1" leaves the Debian package out.
packages: $(VENV)/.dev
	$(BIN)/python -m proof.packages $(if $(QUICK),--quick)

# The pictures of README and documentation, taken again.
pictures: $(VENV)/.dev
	$(BIN)/python -m handbook.pictures

# The documentation as a site, into build/site.
docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "built build/site/index.html"

# The catalogues of translations, from what is marked in the code; says what is not translated yet.
.PHONY: catalogues
catalogues: $(VENV)/.dev
	PYTHONPATH=. $(BIN)/python scripts/catalogues.py

# The newest versions that pyproject.toml allows, with their hashes, into requirements/.
lock: $(VENV)/.dev
	scripts/lock.sh $(VENV)

# Known vulnerabilities of the locked versions; asks the databases of PyPI, so it needs a network.
audit: $(VENV)/.dev
	scripts/audit.sh $(VENV)

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage

# What a user has: the package and nothing else.
$(VENV)/.run: $(BUILT_FROM) requirements/run.txt
	scripts/setup.sh $(PYTHON) $(VENV) run
	touch $@

# What builds the documentation, beside what a user has.
$(VENV)/.docs: $(VENV)/.run requirements/docs.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/docs.txt
	touch $@

# What a developer has: every extra, the test tools, and the desktop parts the tests use.
$(VENV)/.dev: $(BUILT_FROM) requirements/dev.txt scripts/system-packages.txt
	scripts/setup.sh $(PYTHON) $(VENV) dev
	touch $(VENV)/.run $@
