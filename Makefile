# What a person types. Everything lands in .venv, .venv-ministack, .wellkept and build; `make clean` removes the first two and the last.

.PHONY: help setup demo test chaos bench golden docs package train clean
.DEFAULT_GOAL := help

help:
	@echo "make setup     environments for the commands and the emulator (Python 3.13, 3.12 or 3.11)"
	@echo "make demo      setup, then a running shop to look at"
	@echo "make test      setup, then style, types and tests; no network, no AWS account"
	@echo "make chaos     setup, then planted faults and planted bugs against the acting half; writes docs/trust.md"
	@echo "make package   setup, then the package as it goes to AWS, with its sizes"
	@echo "make bench     setup, then the measurements in bench/"
	@echo "make golden    write the expected events of the platforms' fixtures anew; read the difference"
	@echo "make docs      write the generated pages of docs/ anew"
	@echo "make train     train the reason classifier anew, from training/ to layers/text/reasons_model; an hour on two cores"
	@echo "make clean     remove environments and packages; the local stack's data stays"

setup:
	@sh infra/setup.sh

demo: setup
	@./wellkept demo

test: setup
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/pytest -n 2 --dist loadscope

chaos: setup
	.venv/bin/python -m tests.chaos
	.venv/bin/python -m tests.chaos.deployed

bench: setup
	.venv/bin/python -m bench

golden: setup
	GOLDEN=1 .venv/bin/pytest tests/platforms

docs: setup
	@for name in schema_doc platforms_doc lake_doc metrics_doc messages_doc policies_doc classifier_doc; do .venv/bin/python -m infra.docs.$$name || exit 1; done

train: setup
	@sh infra/setup.sh training
	.venv-training/bin/python -m training

package: setup
	.venv/bin/python -m infra.package

clean:
	rm -rf .venv .venv-ministack .venv-training build .chalice/deployments .pytest_cache .mypy_cache .ruff_cache
