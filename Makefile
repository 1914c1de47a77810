# make demo         runs ablations/mini.yaml from scratch and prints its tables
# make test         lint and tests
# make test-peer    compares results with the qwen-asr package, installed in .venv-peer
# make test-resume  runs stopped in every way and resumed, runs of two processes, runs after others
# make test-slow    tests that need Ray, PostgreSQL or SLURM (Debian's packages: .ci/packages), and test-resume's
# make test-grid    grids of mini cells at full size, through kills of drivers, workers and nodes
# make lint         ruff, mypy, import-linter
# make bench        measures time and memory
# make bench-real   measures the shape of the published 0.6B model, in bfloat16
# make bench-learning  compares learning from equal audio with the official recipe's batches
# make bench-seeds  counts false differences between runs that differ only in the seed
# make bench-halving  compares searches with and without successive halving
# make base         trains the packaged base model again
# make tensorboard  shows the runs in a browser
# make clean        removes build files and caches; keeps data/, runs/, .venv and .venv-peer

PYTHON ?= python3.11
WORKERS ?= 2

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.NOTPARALLEL:
.PHONY: demo test test-peer test-resume test-slow test-grid lint bench bench-real bench-learning bench-seeds bench-halving base tensorboard clean

BIN := .venv/bin

demo: .venv/.demo
	$(BIN)/plion data mini --out data/mini12
	$(BIN)/plion ablate ablations/mini.yaml --workers $(WORKERS)
	$(BIN)/plion results runs/mini

# The packages of tests/peer are installed while mypy works, which takes one core alone.
test: .venv/.demo .venv/.dev
	@$(MAKE) --silent .venv-peer/.made &>/dev/null & $(MAKE) --silent lint; wait
	$(BIN)/python -m pytest -n 2 --dist loadscope
	@if $(MAKE) --silent .venv-peer/.made &>/dev/null; then $(MAKE) --silent test-peer; \
	else echo "tests/peer is skipped: its packages cannot be installed; see make test-peer" >&2; fi

test-peer: .venv/.demo .venv/.dev .venv-peer/.made
	$(BIN)/python -m pytest -m peer tests/peer

test-resume: .venv/.demo .venv/.dev
	$(BIN)/python -m pytest -m resume tests/training

test-slow: .venv/.demo .venv/.dev .venv/.ray .venv/.server
	$(BIN)/python -m pytest -m "slow and not resume" --durations 20
	@$(MAKE) --silent test-resume

test-grid: .venv/.demo .venv/.dev .venv/.ray
	$(BIN)/plion data mini --out data/mini12
	$(BIN)/python -m pytest -m grid tests/grid -s

lint: .venv/.dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy plion
	$(BIN)/lint-imports

bench: .venv/.demo .venv/.dev
	$(BIN)/plion data mini --out data/mini12
	$(BIN)/python -m pytest -m bench tests/bench -s

bench-real: .venv/.demo .venv/.dev
	$(BIN)/python -m pytest -m bench_real tests/bench -s

bench-learning: .venv/.demo .venv/.dev
	$(BIN)/plion data mini --out data/mini12
	$(BIN)/python -m pytest -m bench_learning tests/bench -s

bench-seeds: .venv/.demo .venv/.dev
	$(BIN)/plion data mini --out data/mini12
	$(BIN)/plion ablate ablations/mini.yaml --workers $(WORKERS)
	$(BIN)/plion ablate ablations/seeds_mini.yaml --workers $(WORKERS)
	$(BIN)/python -m pytest -m bench_seeds tests/bench -s

bench-halving: .venv/.demo .venv/.dev
	$(BIN)/plion data mini --out data/mini12
	$(BIN)/python -m pytest -m bench_halving tests/bench/test_halving.py -s

base: .venv/.demo
	$(BIN)/plion data mini --base --out data/mini_base
	$(BIN)/python -m plion.models.qwen3_asr.files.blank data/mini_base data/mini_base/blank
	run=$$($(BIN)/plion train experiments/mini_words.yaml | tail -n 1); \
	rm -rf data/mini_base/words; cp -r "$$run"/checkpoints/export data/mini_base/words
	run=$$($(BIN)/plion train experiments/mini_base.yaml | tail -n 1); \
	rm -rf plion/models/qwen3_asr/mini; cp -r "$$run"/checkpoints/export plion/models/qwen3_asr/mini

tensorboard: .venv/.demo
	$(BIN)/tensorboard --logdir runs

clean:
	rm -rf build dist plion.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find plion tests -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp file per extra. Each Python is tried, since python3.11 may be a shim that does not run.
.venv/.made:
	for python in $(PYTHON) python3 python; do \
	  if $$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; \
	  then $$python -m venv .venv; touch $@; exit; fi; \
	done; \
	echo "no Python 3.11 or newer with venv found; name one: make PYTHON=/path/to/python" >&2; exit 2

# The qwen-asr package with the transformers version it pins; it finds all other packages in .venv,
# through a path entry after its own.
.venv-peer/.made: tests/peer/requirements.txt | .venv/.demo
	rm -rf .venv-peer
	$(BIN)/python -m venv .venv-peer
	.venv-peer/bin/python -m pip install --disable-pip-version-check --quiet --no-deps -r $<
	where='import sysconfig; print(sysconfig.get_path("purelib"))'; \
	$(BIN)/python -c "$$where" > "$$(.venv-peer/bin/python -c "$$where")"/behind.pth
	touch $@

.venv/.%: .venv/.made setup.cfg pyproject.toml constraints.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e '.[$*]'
	touch $@
