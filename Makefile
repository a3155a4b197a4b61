# Two commands: `make lab` and `make test`. Each makes what it needs, and does nothing twice.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
BUDGET ?= 3m
# Hundreds of tests start processes, each of which would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: lab test test-slow test-all check detector examples course docs sanitize wheel clean

lab: $(VENV)/base  ## train small generators, then detectors against them; writes runs/lab-N/report.html
	$(BIN)/subband lab --budget $(BUDGET)

# One thread a process: with two, the workers' threads wait for each other, and all takes twice as long.
test test-slow: export OMP_NUM_THREADS ?= 1

test: $(VENV)/dev  ## all tests but the long sweeps, in some ten minutes on two cores
	$(BIN)/pytest -m "not slow" --durations 15

test-slow: $(VENV)/dev  ## the long sweeps
	$(BIN)/pytest -m slow --durations 40

test-all: test test-slow  ## every test

check: $(VENV)/dev  ## style, types, and the layers of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

examples: $(VENV)/dev  ## run each example
	@for example in examples/*.py; do echo "$$example"; $(BIN)/python $$example || exit 1; done

detector: $(VENV)/base  ## train and measure the detector in the package, in some twenty minutes; reads $$SUBBAND_DATA
	$(BIN)/python -m subband.experiments.packaged_detector

course: $(VENV)/dev  ## the course: every test red on the exercises as given, green on the solutions
	$(BIN)/python -m course.check

docs: $(VENV)/dev  ## the site, in build/site: warnings are errors, and every link inside must lead somewhere
	OMP_NUM_THREADS=1 $(BIN)/python -m sphinx --builder html --jobs 2 --fail-on-warning --keep-going --quiet docs build/site
	$(BIN)/python docs/sphinx_extensions/check_links.py build/site

# The C++ library is loaded first, too: without it the sanitizer does not find what throws exceptions.
sanitize: $(VENV)/dev  ## the kernels' tests with the sanitizers of addresses and of undefined behaviour
	$(BIN)/cmake -S native -B build/sanitized -G Ninja -DCMAKE_MAKE_PROGRAM=$(abspath $(BIN)/ninja) \
	    -DPython_EXECUTABLE=$(abspath $(BIN)/python) -DSUBBAND_OWN_PROCESSOR=ON -DSUBBAND_SANITIZE=ON
	$(BIN)/cmake --build build/sanitized
	LD_PRELOAD="$$($(CXX) -print-file-name=libasan.so) $$($(CXX) -print-file-name=libstdc++.so)" ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1 SUBBAND_EXAMPLES=100 \
	    $(BIN)/python tests/sanitized.py build/sanitized tests/kernels

wheel: $(VENV)/dev  ## a wheel with all instruction sets, installed into empty environments and tried there
	rm -rf build/wheel && $(BIN)/python -m build --wheel --outdir build/wheel
	$(BIN)/python tests/wheel.py build/wheel

clean:
	rm -rf $(VENV)

# torch by itself and pinned, so that nothing else asks for another build of it.
$(VENV)/torch: constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Subband needs Python 3.11 or newer: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) torch==2.13.0
	@touch $@

# Each compiles the kernels once, for this processor; what serves the tests serves the lab, too.
INSTALL := $(PIP) --config-settings=cmake.define.SUBBAND_OWN_PROCESSOR=ON --editable

$(VENV)/base: $(VENV)/torch pyproject.toml
	$(INSTALL) '.[lab]'
	@touch $@

$(VENV)/dev: $(VENV)/torch pyproject.toml
	$(INSTALL) '.[lab,jax,hub,web,course,docs,dev]'
	@touch $(VENV)/base $@
