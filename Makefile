# Every task is one plain command that works without make, once installed (make help).

PYTHON ?= python3
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo train test bench bench-console lint lock audit sbom clean

help: ## Liệt kê các việc
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.ready ## Cài hai môi trường Python (app và Rasa)
	@.venv/bin/binhyen install

demo: install ## Chạy thử với một xã giả định          (.venv/bin/binhyen demo)
	@exec .venv/bin/binhyen demo

train: install ## Huấn luyện mô hình nếu có gì đổi        (.venv/bin/binhyen train)
	@.venv/bin/binhyen train

test: train ## Chạy mọi kiểm thử; ARGS="-k …" để chọn  (.venv/bin/pytest)
	@.venv/bin/pytest $(ARGS)

bench: train ## Đo tốc độ trên máy này                   (.venv/bin/python -m benchmarks)
	@.venv/bin/python -m benchmarks $(ARGS)

bench-console: install ## Đo trang cán bộ với 1.000.000 phản ánh   (.venv/bin/python -m benchmarks.console)
	@.venv/bin/python -m benchmarks.console $(ARGS)

lint: .venv/.ready ## Kiểm tra mã: ruff và mypy
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy

LOCK = .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-annotate $(ARGS)

lock: .venv/.ready ## Ghi lại requirements/*.txt; ARGS=--upgrade để lên phiên bản mới
	$(LOCK) pyproject.toml -o requirements/app.txt
	$(LOCK) pyproject.toml --group dev -o requirements/dev.txt
	$(LOCK) --python-version 3.10 --group rasa -o requirements/rasa.txt

audit: .venv/.ready ## Tìm lỗ hổng đã biết trong các gói đã ghim  (.venv/bin/python -m deploy.supply_chain.audit)
	@.venv/bin/python -m deploy.supply_chain.audit

sbom: install ## Ghi danh mục thành phần ra results/sbom   (.venv/bin/python -m deploy.supply_chain.sbom)
	@.venv/bin/python -m deploy.supply_chain.sbom

clean: ## Xóa hai môi trường và bộ nhớ đệm; giữ data/
	rm -rf .venv .venv-rasa .pytest_cache .mypy_cache .ruff_cache .hypothesis .rasa

# The app's environment. uv comes from the locked requirements, hash and all.
.venv/.ready: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Cần Python 3.11 trở lên: make PYTHON=python3.11 …" >&2; exit 1; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "Thiếu gói python3-venv: apt install python3-venv" >&2; exit 1; }
	@test -x .venv/bin/uv || { awk '/^[^ ]/ { ours = /^uv==/ } ours' requirements/dev.txt > .venv/uv.txt && \
	  .venv/bin/python -m pip install --quiet --require-hashes --no-deps -r .venv/uv.txt; }
	.venv/bin/uv pip sync --python .venv/bin/python --compile-bytecode requirements/dev.txt
	@.venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --editable .
	@touch $@
