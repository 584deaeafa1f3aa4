# For a machine that has Go and make. What else the demo and the tests need is installed where this is Debian and you
# are root; elsewhere they stop and say what to install.

GO ?= go
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/dockerhv
LINT_VERSION := v2.15.0
LINT := $(CACHE)/golangci-lint-$(LINT_VERSION)/golangci-lint

# Most tests wait for an engine: more at once than there are CPUs.
TESTFLAGS := -race -shuffle=on -count=1 -timeout=40m -parallel=8

# Go would ask git about a tree that root does not own, and git would refuse.
export GOFLAGS := $(GOFLAGS) -buildvcs=false

.PHONY: help demo test test-engines bench check

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## Run examples/quickstart, on a private engine unless one can be reached; ARGS are its arguments
	$(GO) run ./internal/enginetest/setup demo
	@mkdir -p $(CACHE)
	$(GO) build -o $(CACHE)/ ./internal/enginetest/withengine ./examples/quickstart
	$(CACHE)/withengine $(CACHE)/quickstart $(ARGS)

test: ## Run all tests, with the race detector and on private engines
	$(GO) run ./internal/enginetest/setup test
	$(GO) test $(TESTFLAGS) ./...

test-engines: ## Run the tests that want an engine on other engines; ENGINES are their names, ARGS go to go test
	$(GO) run ./internal/enginetest/setup test
	-$(GO) run ./internal/enginetest/setup engines
	$(GO) run ./internal/enginetest/matrix -only='$(ENGINES)' -- $(GO) test $(TESTFLAGS) $(ARGS)

bench: ## Compare with the raw API and the Docker CLI, as ratios of one run; ARGS go to go test, such as -benchtime=50x
	$(GO) run ./internal/enginetest/setup test
	$(GO) test -run='^$$' -bench=. -benchtime=10x -timeout=30m $(ARGS) ./driver/docker ./template/dockerfile ./template/tarfile

check: $(LINT) ## Check format, code, import laws and modules
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted, run gofmt -w:" $$files >&2; exit 1; }
	$(GO) vet ./...
	$(LINT) run
	$(GO) test -count=1 ./internal/archtest
	$(GO) mod tidy -diff

$(LINT):
	GOBIN=$(@D) $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
