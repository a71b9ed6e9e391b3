# What a person needs; each line is one thing that scripts/ does.
# `make run` — собрать и запустить; `make test` — вся проверка; `make help` — остальное.

SEEDS ?= 50
NIGHTS ?= 1000
TURNS ?= 2000
SHARD ?= 0/27
N ?= 10000000
CHECKS ?= bans licenses sources
TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help mutants run test audit races fuzz bench sim nights clean

help:
	@echo 'make run            собрать и запустить Ночник'
	@echo 'make test           вся проверка: оформление, замечания, тесты'
	@echo 'make sim SEEDS=50   ночи с отказами по зёрнам'
	@echo 'make nights         тысяча ночей против строгого двойника Битрикс24: ни потерь, ни двойников'
	@echo 'make races          100 000 попыток занять 1000 окон, на обеих базах'
	@echo 'make fuzz N=10000000  сломанные сообщения читателю и разборщикам каналов'
	@echo 'make bench PARTS=…  замер скорости; без PARTS весь'
	@echo 'make mutants SHARD=0/27  портит правила ядра по одному: заметят ли тесты'
	@echo 'make audit          запреты, лицензии и источники зависимостей'
	@echo 'make clean          убрать собранное'

run:
	@scripts/need-rust
	cargo build --release --locked -p nochnik-server
	exec '$(TARGET)/release/nochnik' serve

test:
	@scripts/check

audit:
	@scripts/need-rust
	@cargo deny --version >/dev/null 2>&1 || { echo 'Нет cargo-deny: поставьте его командой «cargo install --locked cargo-deny».' >&2; exit 1; }
	cargo deny check $(CHECKS)

races:
	@scripts/need-rust
	cargo test -p nochnik-store --test booking_race --locked -- --ignored --nocapture --test-threads=1

fuzz:
	@scripts/need-rust
	cargo run --release --locked -p nochnik-adapters --example fuzz_parsers -- $(N)
	cargo run --release --locked -p nochnik-nlu --example fuzz -- $(N)

bench:
	@scripts/bench $(PARTS)

mutants:
	@scripts/need-rust
	@cargo mutants --version >/dev/null 2>&1 || { echo 'Нет cargo-mutants: поставьте его командой «cargo install --locked cargo-mutants».' >&2; exit 1; }
	cargo mutants -p nochnik-core --shard $(SHARD) --sharding round-robin --output '$(TARGET)'

sim:
	@scripts/need-rust
	SEEDS=$(SEEDS) TURNS=$(TURNS) cargo sim

nights:
	@scripts/need-rust
	SEEDS=$(NIGHTS) TURNS=$(TURNS) cargo test --release -p nochnik-engine --test sim --locked -- --nocapture nights

clean:
	cargo clean
	rm -rf e2e/node_modules e2e/.llm e2e/.radicale e2e/.schemathesis bench/nlpjs/node_modules
