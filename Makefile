# Two commands do everything: `make run` and `make test`. All targets share one .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
PIP := $(BIN)/python -m pip
export QT_QPA_PLATFORM_TEST ?= offscreen
# Tests start many processes; each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run setup setup-dev test test-long test-cluster test-bitsandbytes test-oldest fuzz lint format bench bench-gpu bench-readme demo claims wheel clean

run: setup
	$(BIN)/python -m loraviewer

setup: $(VENV)/.installed

setup-dev: $(VENV)/.installed-dev

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "loraviewer needs Python 3.11 or newer; try: make PYTHON=python3.11 run")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -q -c constraints.txt torch
	$(PIP) install -q -c constraints.txt -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e '.[test,lint]'
	touch $@

# As many processes at once as JOBS, with a thread each: most of what is tested is too small for more.
test: setup-dev
	OMP_NUM_THREADS=1 QT_QPA_PLATFORM=$(QT_QPA_PLATFORM_TEST) $(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

# What says more of the same, or waits for many processes: minutes.
test-long: setup-dev
	OMP_NUM_THREADS=1 QT_QPA_PLATFORM=$(QT_QPA_PLATFORM_TEST) $(BIN)/python -m pytest -m 'long and not fuzz' -n $(JOBS) --dist loadfile

# Experiments on a real Ray cluster of two nodes on this computer; what they need is installed first.
test-cluster: setup-dev $(VENV)/.installed-cluster
	OMP_NUM_THREADS=1 QT_QPA_PLATFORM=$(QT_QPA_PLATFORM_TEST) $(BIN)/python -m pytest -m cluster tests/cluster

$(VENV)/.installed-cluster: $(VENV)/.installed
	$(PIP) install -q -c constraints.txt -e '.[cluster]'
	touch $@

# Packed weights against bitsandbytes, which is no dependency: where it is installed, diffusers takes seconds longer to import.
test-bitsandbytes: setup-dev
	$(PIP) install -q --no-deps --upgrade --target $(VENV)/bitsandbytes -c constraints.txt bitsandbytes
	PYTHONPATH=$(VENV)/bitsandbytes $(BIN)/python -m pytest -m bitsandbytes tests/adapters/test_packed_forms.py

# The oldest diffusers and transformers that pyproject.toml allows, with all that opens checkpoints.
test-oldest: setup-dev
	$(PIP) install -q --no-deps --upgrade --target $(VENV)/oldest -r packaging/oldest.txt
	PYTHONPATH=$(VENV)/oldest QT_QPA_PLATFORM=$(QT_QPA_PLATFORM_TEST) $(BIN)/python -m pytest \
		tests/engine tests/lab tests/cli/test_cli.py tests/cli/test_cli_landing.py

# Many minutes: a hundred times the broken files of `make test`, ten times its random histories.
fuzz: setup-dev
	$(BIN)/python -m pytest -m fuzz

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/pyright

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Half an hour on an idle machine; the manual's figures come from build/bench.json.
bench: setup-dev
	QT_QPA_PLATFORM=$(QT_QPA_PLATFORM_TEST) $(BIN)/python -m tests.bench

# What only a graphics card can say, wherever there is one; the table is kept as build/bench-gpu.json.
bench-gpu: setup
	$(BIN)/python -m tests.bench.gpu

bench-readme: setup-dev
	$(BIN)/python -m tests.bench.readme

# Hours of training on two cores: draws the pictures, trains the checkpoint and the adapters, writes the card and takes the README's pictures.
demo: setup-dev
	$(BIN)/python -m resources.demo.train all
	$(BIN)/python packaging/screenshots.py

# Half an hour: every claim about stacks, tried anew on the demo.
claims: setup
	$(BIN)/python -m loraviewer lab claims -o build/claims --resume
	cp build/claims/CLAIMS.md build/claims/claims.json build/claims/hundreds.png resources/demo/

wheel: setup-dev
	$(BIN)/python -m build --wheel --outdir build/dist

clean:
	rm -rf build $(VENV)
