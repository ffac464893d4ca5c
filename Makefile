# Molseek: `make serve` for an answered search, `make test` for the tests. `make` alone lists everything.

VENV       ?= .venv
HOST       ?= 127.0.0.1
PORT       ?= 8000
CHECKPOINT ?= compact
MOLECULES  ?= example
DESCRIPTIONS ?=
INDEX      ?= var/index
DATA       ?=
RUNS       ?= runs
PYTEST_ARGS ?=
# Extra arguments for the one `pip install torch`, e.g. `--index-url …` to choose another build of torch.
TORCH_PIP_ARGS ?=
# The interpreter the environment is made with; empty: the first on PATH that is in range and works.
PYTHON     ?=

BIN := $(VENV)/bin
WEB := service/web
NPM := $(shell command -v npm 2>/dev/null)
EDITOR_STAMP := $(WEB)/node_modules/.installed-editor
CHECKER_STAMP := $(WEB)/node_modules/.installed-checker
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input
SERVICE_STAMP := $(VENV)/.installed-service
DEV_STAMP     := $(VENV)/.installed-dev

# The index is rebuilt when one of these files changes, or when it is asked for with another checkpoint or corpus.
# (A bundled name, a path, or neither: what does not exist here drops out of the list.)
INDEX_KEY    := $(subst /,_,$(CHECKPOINT)-$(MOLECULES)-$(DESCRIPTIONS))
INDEX_STAMP  := $(INDEX)/.made-from-$(INDEX_KEY)
INDEX_INPUTS := $(wildcard indexer/examples/*.tsv) $(wildcard $(MOLECULES)) $(wildcard $(DESCRIPTIONS)) \
	$(shell find model/bundled/$(CHECKPOINT) $(CHECKPOINT) -type f 2>/dev/null)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help docs serve index editor page-extras page-types checkpoint paper test slow lint audit format install clean

help: ## list the targets and variables
	@printf 'Targets:\n'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' Makefile
	@printf '\nVariables (make serve PORT=9000):\n'
	@printf '  PORT=%s HOST=%s   where the service listens; other machines reach HOST=0.0.0.0, which takes\n' '$(PORT)' '$(HOST)'
	@printf '      MOLSEEK_KEYS=FILE, or MOLSEEK_ALLOW_ANONYMOUS=true, in the environment\n'
	@printf '  CHECKPOINT=%s MOLECULES=%s DESCRIPTIONS=%s INDEX=%s   what is served\n' \
		'$(CHECKPOINT)' '$(MOLECULES)' '$(DESCRIPTIONS)' '$(INDEX)'
	@printf '  DATA=%s RUNS=%s   data files for `make checkpoint`, and where its run goes\n' '$(DATA)' '$(RUNS)'
	@printf '  PYTHON=…   interpreter for the environment (3.11 to 3.13)\n'
	@printf '  PYTEST_ARGS=…   passed to pytest, e.g. PYTEST_ARGS="tests/model -x"\n'
	@printf '  TORCH_PIP_ARGS=…   passed to "pip install torch", e.g. to choose an index of CPU builds\n'

serve: $(SERVICE_STAMP) $(INDEX_STAMP) $(if $(NPM),page-extras) ## install, index the bundled corpus, serve it on PORT
	@MOLSEEK_LOG_FORMAT=$${MOLSEEK_LOG_FORMAT:-text} exec $(BIN)/molseek-serve --checkpoint '$(CHECKPOINT)' --index '$(INDEX)' --host '$(HOST)' --port '$(PORT)'

index: $(INDEX_STAMP) ## build the index that `make serve` serves

$(INDEX_STAMP): $(INDEX_INPUTS) | $(SERVICE_STAMP)
	$(BIN)/molseek-index build --checkpoint '$(CHECKPOINT)' --molecules '$(MOLECULES)' \
		$(if $(DESCRIPTIONS),--descriptions '$(DESCRIPTIONS)') --out '$(INDEX)' --force
	@rm -f '$(INDEX)'/.made-from-*
	@touch '$@'

checkpoint: $(DEV_STAMP) ## make the bundled checkpoint again from the data files in DATA (an hour and a half; resumes)
	@test -n '$(DATA)' || { echo "Name the directory of the data files: make checkpoint DATA=/path/to/data" >&2; exit 1; }
	$(BIN)/molseek-train recipe compact --data '$(DATA)' --out '$(RUNS)/compact'

paper: $(DEV_STAMP) ## the paper's tables and figures: from the data files in DATA, else on a small slice (minutes)
	$(BIN)/molseek-train reproduce $(if $(DATA),--data '$(DATA)',--slice indexer/examples/compounds.tsv --rows 120) \
		--out $(RUNS)/paper

test: $(DEV_STAMP) ## install and run all fast tests
	HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false OMP_NUM_THREADS=$${OMP_NUM_THREADS:-1} \
		$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGS)

slow: $(DEV_STAMP) ## run the slow tests
	HF_HUB_OFFLINE=1 TOKENIZERS_PARALLELISM=false $(BIN)/python -m pytest -m slow $(PYTEST_ARGS)

lint: $(DEV_STAMP) ## ruff, mypy --strict, import-linter, and tsc where npm is there
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(if $(NPM),$(MAKE) --no-print-directory page-types,@echo "No npm: the types of the page's scripts are not checked")

docs: $(DEV_STAMP) ## the documents as a site, in build/site; a broken link fails
	@$(PIP) install --quiet -c constraints.txt -e '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet

audit: | $(BIN)/python ## known vulnerabilities of the pinned dependencies (asks the package index and its advisories)
	@test -x var/audit/bin/pip-audit || { $(BIN)/python -m venv var/audit && var/audit/bin/pip install --quiet pip-audit; }
	var/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip --strict

format: $(DEV_STAMP) ## let ruff format the code and mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# npm runs no script of a package, and installs what the lock file says. The page is whole without any of it.
NPM_CI = npm ci --prefix $(WEB) --ignore-scripts --no-audit --no-fund --silent

editor: $(EDITOR_STAMP) ## the structure editor and the API browser of the page, from npm

$(EDITOR_STAMP): $(WEB)/package-lock.json
	@$(NPM_CI) --omit=dev
	@touch '$@'

page-extras:
	@$(MAKE) --no-print-directory editor || echo "npm installed nothing: the page has no structure editor, and /docs is plain"

$(CHECKER_STAMP): $(WEB)/package-lock.json
	@$(NPM_CI)
	@touch '$(EDITOR_STAMP)' '$@'

page-types:
	@if $(MAKE) --no-print-directory '$(CHECKER_STAMP)'; then $(WEB)/node_modules/.bin/tsc -p $(WEB)/jsconfig.json && echo "Types of the page: fine"; \
	else echo "npm installed nothing: the types of the page's scripts are not checked"; fi

install: $(DEV_STAMP) ## the environment for development, without running anything

# torch comes first and alone, so that nothing else decides which build of it is taken.
$(SERVICE_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Molseek into $(VENV) (once; takes a few minutes)"
	@$(PIP) install --quiet -c constraints.txt $(TORCH_PIP_ARGS) torch
	@$(PIP) install --quiet -c constraints.txt -e .
	@touch '$@'

$(DEV_STAMP): $(SERVICE_STAMP)
	@echo "Installing what tests and linters need into $(VENV)"
	@$(PIP) install --quiet -c constraints.txt -e '.[train,dev]' -e ./client
	@touch '$@'

# A candidate has to run, not merely be found: version managers leave shims on PATH that only print an error.
$(BIN)/python:
	@for python in $(or $(PYTHON),python3.11 python3.12 python3.13 python3 python); do \
		if $$python -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then \
			echo "Making $(VENV) with $$($$python --version) ($$python)"; \
			exec $$python -m venv '$(VENV)'; \
		fi; \
	done; \
	echo "No usable Python found: Molseek needs Python 3.11, 3.12 or 3.13 with the modules venv and ensurepip" \
		"(tried: $(or $(PYTHON),python3.11, python3.12, python3.13, python3, python))." \
		"Install one (on Debian and Ubuntu also the package python3-venv), or name one: make PYTHON=/path/to/python3.11 …" >&2; \
	exit 1

# What stands in var/ may be anybody's: of it goes what make made, and an index that has only the bundled corpus.
clean: ## remove the environment, the index of the bundled corpus and all caches; your own indexes stay
	rm -rf '$(VENV)' $(WEB)/node_modules var/audit build dist
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@for stamp in var/index/.made-from-*-example-; do \
		if [ "$$stamp" -nt var/index/current ]; then echo "rm -rf var/index"; rm -rf var/index; fi; \
	done
	@rmdir var 2>/dev/null || true
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
