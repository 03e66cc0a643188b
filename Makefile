# Every target sets up what it needs first; `make help` prints the lines marked ##.
# TORCH=cuda takes the CUDA build of torch; PYTHON= names the interpreter to set up on.

.DEFAULT_GOAL := help
.PHONY: help up down status test fuzz lint type system weights bench-quality bench-calm bench-bus bench-label bench-live bench-step bench-growth bench-ui setup setup-dev clean
export TORCH PYTHON

BIN := .venv/bin
PY := $(BIN)/python
DATA ?= ../shared/data

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2} /^#- / {print substr($$0, 3)}' Makefile

up: setup ## Set up and run: six services, a picture with buttons
#-                      SOURCE=  a webcam's number, a video, a folder, a set, a URL or demo; several with commas
#-                      PLATE=   the empty scene: an image, a video or a set
#-                      FRONT=   window, web or both
#-                      BKG_SECONDS=5  SAV_SECONDS=2  SET=   countdowns; the set to record into
	@$(BIN)/bgsub fetch-pose --optional
	@$(BIN)/bgsub up \
	    $${SOURCE:+--source "$$SOURCE"} $${PLATE:+--plate "$$PLATE"} $${FRONT:+--front "$$FRONT"} \
	    $${BKG_SECONDS:+--bkg-seconds "$$BKG_SECONDS"} $${SAV_SECONDS:+--sav-seconds "$$SAV_SECONDS"} \
	    $${SET:+--set "$$SET"}

down: setup ## Stop what make up started
	@$(BIN)/bgsub down

status: setup ## Show how each service is doing
	@$(BIN)/bgsub status

test: setup-dev ## Set up and run the tests, two at a time
	@$(PY) -m pytest tests -m "not system and not fuzz" -n 2 --dist loadfile

fuzz: setup-dev ## Break image sets and messages by the hundred: each is told, nothing is lost
	@$(PY) -m pytest tests -m fuzz

system: setup-dev ## Run the real system and measure it: rates, healing, clean stops
	@$(BIN)/bgsub fetch-pose --optional
	@$(PY) -m pytest tests -m system --timeout 300

lint: setup-dev ## Check the style
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

type: setup-dev ## Check the types
	@$(PY) -m mypy

weights: setup-dev ## Train the shipped weights from the data (DATA=../shared/data), for hours; goes on where it stopped
	@$(PY) -m services.trainer.make_weights --data "$(DATA)"

bench-quality: setup-dev ## Measure the mask beside its peers on held-out sets and scenes of DATA=
	@$(PY) -m benchmarks.quality --data "$(DATA)" --sheet runs/quality.jpg \
	    $(foreach n,3 7 10 17 21 25,$(wildcard $(DATA)/seed_sets/set$n)) $(DATA)/eval_scenes/index.csv

bench-calm: setup-dev ## Measure flicker, ghosts and a ten-minute sitter beside RobustVideoMatting with its memory
	@$(PY) -m benchmarks.calm

bench-bus: setup-dev ## Measure the bus beside plain pyzmq and imagezmq
	@$(PY) -m benchmarks.bus

bench-step: setup-dev ## Measure the whole segment step beside the bare network of MediaPipe selfie
	@$(PY) -m benchmarks.step

bench-growth: setup-dev ## Watch the memory of the whole system for an hour
	@$(PY) -m benchmarks.growth

bench-ui: setup-dev ## Measure what a picture of each app costs
	@$(PY) -m benchmarks.ui

bench-label: setup-dev ## Count the clicks and strokes that the network's proposal saves, on sets of DATA=
	@$(PY) -m benchmarks.labelling --data "$(DATA)"

bench-live: setup-dev ## Measure the running system from capture to picture, a minute on demo, or on SOURCE= with PLATE=
	@$(PY) -m benchmarks.live $${SOURCE:+--source "$$SOURCE"} $${PLATE:+--plate "$$PLATE"}

setup: ## Only set up what make up needs
	@deploy/install.sh run

setup-dev: ## Only set up what the tests need
	@deploy/install.sh dev

clean: ## Remove the environment and caches, never images or runs
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build
