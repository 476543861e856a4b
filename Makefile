# The only definition of every check and every recipe; CI and people call these.
PYTHON ?= python3.11
BIN := .venv/bin
DATA ?=
ARGS ?=
ENGINE ?= podman
IMAGE ?= inlet:0.1.0
unexport PYTHONDONTWRITEBYTECODE # without compiled bytecode every command pays seconds

.PHONY: install demo test test-airflow check format sandbox stack stack-down compose-keys image faults kills kills-convert chaos contract-rgw mutations pins clean

install: .venv/installed ## everything into .venv

.venv/installed: constraints.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode -r constraints.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: install ## provider to hook, on this machine alone; DATA=directory takes your own GRIB and NetCDF
	@$(BIN)/inlet demo $(if $(DATA),--data "$(DATA)")

test: install check ## every test
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile

test-airflow: install ## Airflow's scheduler, its pages in a browser, and every DAG, alone
	@$(BIN)/python -m pytest -q tests/airflow tests/dags tests/portal/pages

check: install ## style, types, layers
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/inlet portfolio check
	@$(BIN)/python -m pytest -q --no-header tests/deploy/test_compose.py

format: install ## put the code in order
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

sandbox: install ## providers for a machine without internet, in the foreground
	@$(BIN)/inlet sandbox up

stack: install ## the real services on this machine, below var/stack; ARGS="--only kafka"
	@$(BIN)/inlet stack up $(ARGS)

stack-down: install ## stop what `make stack` started
	@$(BIN)/inlet stack down $(ARGS)

compose-keys: install ## draw the secrets that docker-compose.yml reads
	@$(BIN)/inlet stack keys var/compose

image: ## Inlet's image; ENGINE=docker, or ARGS for the engine
	@$(ENGINE) build $(ARGS) -f deploy/Dockerfile -t $(IMAGE) .

faults: install ## every fault of the sandbox by every protocol family; ARGS="--fault NAME --family NAME"
	@$(BIN)/python -m tests.faults.matrix $(ARGS)

kills: install ## a harvest of 300 granules, killed 30 times with faults on; ARGS="--granules 40 --kills 3"
	@$(BIN)/python -m tests.faults.kills $(ARGS)

mutations: install ## damaged GRIB and NetCDF through the converter; ARGS="--count 10000 --seed 2 --keep DIRECTORY"
	@$(BIN)/python -m tests.mutations.run $(ARGS)

kills-convert: install ## conversion and commit, killed 100 times while a reader reads; ARGS="--kills 10"
	@$(BIN)/python -m tests.faults.kills_convert $(ARGS)

chaos: install ## publication on the real services, all of them killed 210 times; ARGS="--items 60 --kills 8"
	@$(BIN)/python -m tests.chaos.chaos $(ARGS)

contract-rgw: install ## what the lake needs of S3, asked of Ceph's gateway (Debian's packages, half a minute to start)
	@$(BIN)/python -m pytest -q tests/contracts/ceph.py $(ARGS)

pins: install ## resolve constraints.txt anew, within what is pinned in deploy/pins.in
	@$(BIN)/uv pip compile --quiet --upgrade --no-header --no-annotate --no-emit-index-url \
	  --python-version 3.11 --all-extras deploy/pins.in pyproject.toml -o constraints.txt

clean: ## forget the demo
	rm -rf var
