# `make` lists the targets. You need only Docker and make; tests and benchmarks also need Python.

SHELL := /bin/bash
PYTHON ?= python3
COMPOSE := docker compose
TRAINER := $(COMPOSE) run --rm --build trainer
# No --build here, because a rollback must not depend on the network.
STORE := $(COMPOSE) run --rm trainer
LOOP := $(COMPOSE) run --rm scheduler python -m forecast_loop
MINUTES ?= 30
BIN := .venv/bin
UNIT_TESTS := $(wildcard tests/test_*.py) tests/fuzz model_contract/tests services/trainer/tests services/api/tests services/scheduler/tests
# Files run in the order of UNIT_TESTS, the fast ones last, so all processes end at about the same time.
# Each unit-test process gets one core; more threads would take cores from the other processes.
ONE_THREAD := TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
# Quotes a variable's raw value for the shell. Without `value`, make would expand a $ in it.
quoted = '$(subst ','\'',$(value $(1)))'

.DEFAULT_GOAL := help
.PHONY: help up upgrade down train metrics plots backtest versions rollback promote pin unpin drop follow retrain deliveries accept refuse loop-backup loop-restore tidy ledger-verify sign backup restore bench bench-stages bench-scale bench-training bench-trees bench-page soak fuzz sample logs data-add data-push data-pull test check test-unit test-e2e test-long lock clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## build, train if no model is published, and serve at http://localhost:5001
	$(COMPOSE) up --build --detach

upgrade: ## pull the newest version, train if it needs a new model, and restart; your settings and results are kept
	@scripts/upgrade.sh

down: ## stop serving; models and data are kept
	$(COMPOSE) --profile monitoring --profile loop down

train: ## run the stages whose data, code or parameters changed (dvc repro), then publish (ACCEPT_DATA=yes accepts lost prices)
	$(COMPOSE) run --rm --build --env ACCEPT_DATA trainer dvc repro

metrics: ## show the metrics, and their changes since the last commit if git keeps them
	$(TRAINER) sh -c 'python -m training show-metrics && { test ! -d .git || git check-ignore -q --no-index dvc.lock || dvc metrics diff --precision 4; }'

plots: ## write the plots to dvc_plots/index.html; your browser loads Vega from the internet
	$(TRAINER) sh -c 'dvc plots show && { test -f metrics/plots/backtest.csv || echo "One plot needs the results of make backtest."; }'

backtest: ## retrain at several points in the past and score each model (metrics/backtest.json); publish nothing
	$(TRAINER) python -m training backtest

versions: ## list the models in the store and show which one is served
	@$(STORE) python -m training versions

rollback: ## serve the previous model again (REASON="why" is recorded in the history)
	@$(STORE) python -m training rollback -- $(call quoted,REASON)

promote: ## serve a model from the store: make promote VERSION=… (REASON="why" is recorded in the history)
	@$(STORE) python -m training promote -- $(call quoted,VERSION) $(call quoted,REASON)

pin: ## keep serving the current model, or VERSION=…, although new ones are trained (REASON="why")
	@$(STORE) python -m training pin -- $(call quoted,VERSION) $(call quoted,REASON)

unpin: ## let training serve new models again (REASON="why")
	@$(STORE) python -m training unpin -- $(call quoted,REASON)

drop: ## end the trial of the challenger (REASON="why")
	@$(STORE) python -m training drop -- $(call quoted,REASON)

sign: ## sign the models in the store (after you set or change the key)
	@$(STORE) python -m training sign

backup: ## save the store's models to a file: make backup FILE=models.tar
	@scripts/save_backup.sh $(call quoted,FILE) trainer python -m training backup

restore: ## restore models from a backup: make restore FILE=models.tar
	@test -f $(call quoted,FILE) || { echo "make restore FILE=models.tar: no such file" >&2; exit 2; }
	@$(COMPOSE) run --rm --no-TTY trainer python -m training restore < $(call quoted,FILE)

follow: ## start the loop: take prices in, forecast each session before it opens, score it after it closes
	$(COMPOSE) --profile loop up --build --detach

retrain: ## train a model on the loop's stored prices, in a copy of this folder, and publish it
	@$(LOOP) retrain

deliveries: ## list the last deliveries of prices and why some were held back
	@$(LOOP) deliveries

accept: ## store the prices of a delivery that was held back: make accept DELIVERY=7 (SPLITS=yes if suspected share splits happened)
	@$(LOOP) accept $(call quoted,DELIVERY) $(if $(SPLITS),--splits)

refuse: ## refuse a delivery that was held back: make refuse DELIVERY=7
	@$(LOOP) refuse $(call quoted,DELIVERY)

loop-backup: ## save the loop's prices and ledger to a file: make loop-backup FILE=loop.tar
	@scripts/save_backup.sh $(call quoted,FILE) scheduler python -m forecast_loop backup

loop-restore: ## restore them from a backup into new volumes: make loop-restore FILE=loop.tar
	@test -f $(call quoted,FILE) || { echo "make loop-restore FILE=loop.tar: no such file" >&2; exit 2; }
	@$(COMPOSE) run --rm --no-TTY scheduler python -m forecast_loop restore < $(call quoted,FILE)

tidy: ## remove what only earlier trainings used from DVC's cache (first: make data-push)
	$(TRAINER) dvc gc --workspace --force

ledger-verify: ## check that no forecast in the ledger was changed
	@$(LOOP) verify

bench: ## compare the API's speed with that of a minimal Flask and Keras server; takes six minutes
	@$(PYTHON) benchmarks/api_speed.py

bench-page: .venv/installed ## measure first paint, page size and a large file in Chromium; takes a minute
	$(BIN)/python benchmarks/page.py http://localhost:$${FRONTEND_PORT:-5001}

bench-stages: ## measure the CPU time of each stage
	$(TRAINER) python benchmarks/pipeline_stages.py

bench-scale: .venv/installed ## measure time and memory of the first stages with panels of up to 12 million rows
	$(BIN)/python benchmarks/scale.py

bench-training: .venv/installed ## compare the speed of training with that of Keras alone, and of PyTorch if TORCH_PYTHON is set (needs make train)
	$(BIN)/python benchmarks/training_speed.py

bench-trees: .venv/installed ## compare the model with gradient-boosted trees on the same inputs (needs make train)
	$(BIN)/python benchmarks/trees.py

soak: ## load the API at 80% of its capacity for 30 minutes; for another duration: make soak MINUTES=…
	@$(PYTHON) benchmarks/soak.py $(call quoted,MINUTES)

fuzz: .venv/installed ## compare the file reader with a reference reader on a million mutated files, then fuzz the API; takes over an hour
	$(BIN)/python -m tests.fuzz --count 1000000
	CONTRACT_SECONDS=900 $(BIN)/pytest services/api/tests/openapi/test_document.py

sample: ## recreate sample.csv from the last 300 sessions of AAPL in the default data
	{ head -n 1 data/raw/stocks.csv; grep ^AAPL data/raw/stocks.csv | tail -n 300; } | cut -d , -f 1-7 > services/api/prediction_api/sample.csv

logs: ## follow the containers' logs
	$(COMPOSE) logs --follow --tail 100

data-add: ## add a price file to DVC: make data-add FILE=path/to/prices.csv
	@scripts/data_add.sh $(call quoted,FILE)

data-push: ## push the data, models and scalers that dvc.lock names to the DVC remote
	$(TRAINER) dvc push

data-pull: ## pull the data, models and scalers that dvc.lock names from the DVC remote
	$(TRAINER) dvc pull

test: check test-unit test-e2e ## check style and types, then run all tests except the long ones

check: .venv/installed ## check style and types
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy

test-unit: .venv/installed ## run the unit tests of every package on all cores, then the page's tests in Docker
	$(ONE_THREAD) CONTRACT_SECONDS=10 $(BIN)/pytest -m "not long" --numprocesses auto --dist loadfile --no-loadscope-reorder $(UNIT_TESTS)
	docker build --quiet --target test --file services/frontend/Dockerfile .

test-e2e: .venv/installed ## test the real containers with curl and a real browser
	$(BIN)/pytest -m "not long" tests/end_to_end

test-long: .venv/installed ## run the long tests (kills and model swaps); before a release, set KILLS=30 SWAPS=200
	$(BIN)/pytest -m long --log-cli-level=info tests/acceptance tests/end_to_end services/trainer/tests

.venv/installed: requirements-dev.txt model_contract/pyproject.toml services/trainer/pyproject.toml services/api/pyproject.toml services/scheduler/pyproject.toml
	$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --require-hashes --requirement requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable model_contract --editable services/trainer --editable services/api --editable services/scheduler
	touch $@

lock: .venv/installed ## lock the newest versions of all requirements (needs uv)
	scripts/lock_requirements.sh

clean: ## remove files created by `make test`; models, data and metrics are kept
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache tests/end_to_end/screenshots
