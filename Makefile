# `make test` is the whole check on servers of its own; CI runs it. `make check` is the same on the servers that the environment names.

GO ?= go
TIMEOUT ?= 15m

# Programs at fixed versions, from a module of their own.
tool := $(GO) tool -modfile=$(CURDIR)/tools/go.mod
testdb := $(GO) run ./cmd/testdb
# Answers of servers must not come from the test cache. Vet has looked at the tests too, by then.
gotest := $(GO) test -count=1 -vet=off -timeout $(TIMEOUT)
# Packages that share state between goroutines. Their random cases are never at full counts: it is not by counts that the race detector finds more, and it takes ten times as long.
race := $(patsubst %,./%/...,$(wildcard engine orm))
# Modules with dependencies that the library must not have.
modules := $(patsubst %/go.mod,%,$(shell find . -mindepth 2 -name go.mod -not -path './tools/*' -not -path './.*' -not -path '*/testdata/*'))

# The tests that try random cases write down how many, and from which seed; the end of `make check` tells it.
ifneq ($(filter check,$(or $(MAKECMDGOALS),check)),)
ifndef ALKAHEST_SOAK_REPORT
export ALKAHEST_SOAK_REPORT := $(shell mktemp -u "$${TMPDIR:-/tmp}/alkahest-soak-XXXXXX")
endif
endif
tell := if [ -f "$$ALKAHEST_SOAK_REPORT" ]; then echo '== random cases'; cat "$$ALKAHEST_SOAK_REPORT"; rm -f "$$ALKAHEST_SOAK_REPORT"; fi

.PHONY: check test soak servers servers-down tools format vet lint build unit race modules bench bench-quick bench-report

check: format vet lint build unit race modules
	@$(tell)

test:
	$(testdb) run -install -- make check

soak:
	ALKAHEST_SOAK=1 $(testdb) run -install -- make check TIMEOUT=2h

# Leaves the servers running; the command prints how to put their URLs into the environment.
servers:
	$(testdb) up -install

servers-down:
	$(testdb) down

# Builds the programs of `make check` once, so that the first check need not.
tools:
	$(tool) gofumpt --version
	$(tool) staticcheck --version

format:
	@echo '== gofumpt'
	@bad=$$($(tool) gofumpt -l .) && if [ -n "$$bad" ]; then echo "not formatted (run gofumpt -w):"; echo "$$bad"; exit 1; fi

vet:
	$(GO) vet ./...

lint:
	$(tool) staticcheck ./...

# Without a C compiler, and for the systems that no test runs on.
build:
	CGO_ENABLED=0 $(GO) build ./...
	GOOS=windows $(GO) build ./...
	GOOS=darwin $(GO) build ./...

unit:
	@echo '== go test'
	@$(gotest) ./... || { $(tell); exit 1; }

race:
ifneq ($(race),)
	@echo '== go test -race'
	@ALKAHEST_SOAK= $(gotest) -race $(race) || { $(tell); exit 1; }
endif

modules:
	@set -e; for d in $(modules); do \
		echo "== $$d"; \
		(cd $$d && $(GO) vet ./... && $(tool) staticcheck ./... && $(gotest) ./...) || { $(tell); exit 1; }; \
	done

# What the library costs beside others: every workload on every database, with all counts and rounds. It takes more than an hour; a machine that does nothing
# else gives the better numbers. The samples go to bench/results.
bench:
	$(testdb) run -install -- sh -c 'cd bench/peers && $(GO) run . -db all -compile -json ../results/'$$(date -u +%Y%m%dT%H%M%SZ)'.json'

# A first impression: small counts, one round after one that warms up. Nothing is kept.
bench-quick:
	$(testdb) run -install -- sh -c 'cd bench/peers && $(GO) run . -db all -compile -quick -rounds 1'

# Tables and picture of the newest samples, for the README and bench/results.
bench-report:
	cd bench/peers && $(GO) run . -report ../results -readme ../../README.md
