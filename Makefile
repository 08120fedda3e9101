# make build   bin/drain
# make test    everything CI checks, on a machine that needs only Go (installs the rest as root)
# make release dist/: static binaries and checksums for PLATFORMS; make reproduce builds them again and compares
# make demo    the daemon against a simulated Heroku
# make bench   what a line costs, stage by stage, and the whole against throwing the bytes away
# make fuzz    each fuzz target for FUZZTIME seconds

VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  := -s -w -X main.version=$(VERSION)
FUZZTIME ?= 60

PLATFORMS ?= linux/amd64 linux/arm64 darwin/amd64 darwin/arm64

.PHONY: build test lint deps release reproduce demo bench fuzz clean

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/drain ./cmd/drain

test: deps lint build
	cd bench && go vet ./... && go test ./...
	cd parser/oracle && go vet ./... && go test ./...
	cd deploy/proof && go vet ./... && go test ./...
	go test -race ./...

lint:
	@fmt=$$(go tool gofumpt -l .); if [ -n "$$fmt" ]; then echo "gofumpt would change:"; echo "$$fmt"; exit 1; fi
	go vet ./...
	go tool staticcheck ./...
	go mod tidy -diff

deps:
	@.ci/deps

release:
	@deploy/release $(VERSION) dist $(PLATFORMS)

reproduce: release
	@deploy/reproduce $(VERSION) dist $(PLATFORMS)

demo:
	go run ./cmd/drain demo

bench: build
	@bench/table

fuzz:
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do .ci/fuzz $(FUZZTIME) $$dir || exit 1; done

clean:
	rm -rf bin dist
