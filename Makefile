# make run    builds and starts the demo, with a database of its own
# make test   everything that a change must pass
# make check  make test, and staticcheck
# make bench  measures the pages, as ratios to the bare query
# Needs Go alone; PostgreSQL and Chromium are Debian's, installed by name.

GO    ?= go
tool   = $(GO) tool -modfile=internal/tools/go.mod
rooms  = cmd internal migrations web

.DELETE_ON_ERROR:
.PHONY: run build test check lint bench generate generated format

run: build
	@internal/tools/need postgresql
	@exec ./bin/habilis demo

build:
	@mkdir -p bin
	$(GO) build -trimpath -o bin/habilis ./cmd/habilis

test: format generated
	@internal/tools/need postgresql chromium-headless-shell oathtool
	$(GO) vet ./...
	$(GO) test -timeout 15m ./...

# Beside `test` and not in it: compiling staticcheck takes 100 s in a clean
# clone, longer than the tests themselves.
check: test lint

lint:
	$(tool) staticcheck ./...

bench:
	@internal/tools/need postgresql
	$(GO) test -run '^$$' -bench . -benchtime 3s -timeout 30m ./internal/bench/...

generate:
	$(tool) templ generate

# The _templ.go files are committed: they must be what their templ files say.
views = find $(rooms) -name '*_templ.go' -exec sha256sum {} + | sort

generated:
	@before=$$($(views)); \
	$(tool) templ generate >/dev/null 2>&1 || $(tool) templ generate; \
	if [ "$$before" != "$$($(views))" ]; then \
		echo '_templ.go files were not what their templ files say: they are now, commit them' >&2; exit 1; \
	fi

format:
	@wrong=$$(gofmt -l $(rooms)); \
	if [ -n "$$wrong" ]; then echo "gofmt would change:" $$wrong >&2; exit 1; fi

# --- Front-end files that are vendored ---------------------------------------
# web/static/vendor/SOURCES names them, with their versions, sums and licences,
# and internal/browser/axe/SOURCES what tests alone use; fetching needs npm,
# building doesn't.
.PHONY: vendor
vendor:
	@sh web/static/vendor/fetch.sh
	@sh web/static/vendor/fetch.sh internal/browser/axe
