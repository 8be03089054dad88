# Everything runs in .venv beside this file; a fresh machine needs Python 3.11 and make, no more.

PYTHON ?= python3.11
BIN := .venv/bin
INSTALLED := .venv/.installed
CHECKOV := .venv/checkov/.installed
TARGET := cpu
IMAGE = mammo:$(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)$(if $(filter gpu,$(TARGET)),-gpu)

.PHONY: help install study docs test test-image lint format image lock clean

help:  ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(INSTALLED)  ## the locked packages and mammo itself, into .venv

$(INSTALLED): requirements.lock requirements-uv.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements-uv.lock requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

# Checks manifests. It asks for other versions of packages than mammo, so it has a place of its own.
$(CHECKOV): tests/k8s/checkov.lock $(INSTALLED)
	$(PYTHON) -m venv --without-pip .venv/checkov
	$(BIN)/uv pip sync --quiet --require-hashes --python .venv/checkov/bin/python $<
	touch $@

study: $(INSTALLED)  ## a whole study on a synthetic release, into study-root/
	$(BIN)/mammo study $(ARGS)

test: $(INSTALLED) $(CHECKOV)  ## all tests
	$(BIN)/pytest -n 2 --dist loadfile $(ARGS)

test-image: $(INSTALLED)  ## the image on a base made here, and studies in it: ten minutes
	$(BIN)/pytest -m image tests/docker $(ARGS)

docs: $(INSTALLED)  ## the site of docs/, into build/docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lint: $(INSTALLED)  ## style and types
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy jobs mammo_tfds docker docs

format: $(INSTALLED)  ## rewrite in the style
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

image:  ## the image, by podman, buildah or docker; TARGET=gpu, BASE=IMAGE, IMAGE=NAME change it
	docker/build.sh $(TARGET) $(IMAGE) $(ARGS)

COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11
COMPILE_IMAGE := $(COMPILE) --no-annotate --constraint requirements.lock

lock: $(INSTALLED)  ## resolve pyproject.toml anew into requirements.lock, and into the images' locks
	$(COMPILE) --upgrade --extra dev pyproject.toml --output-file requirements.lock
	$(COMPILE_IMAGE) --extra cpu --extra int8 --extra dicom pyproject.toml --output-file docker/cpu.lock
	$(COMPILE_IMAGE) --extra gpu --extra int8 --extra dicom pyproject.toml --output-file docker/gpu.lock
	echo checkov | $(COMPILE) --upgrade --no-annotate - --output-file tests/k8s/checkov.lock
	echo setuptools | $(COMPILE_IMAGE) - --output-file docker/build.lock

clean:  ## remove what make study, make docs and the tools have written, and .venv
	rm -rf .venv study-root build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
