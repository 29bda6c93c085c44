// Package house_test guards the plan of the house: which room may know which,
// and that the newcomer's map names only what is there.
package house_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "habilis/"

// leaves are what any room above the door may use: small, and importing
// nothing of ours but each other.
var leaves = []string{"internal/fault", "internal/form", "internal/grid", "internal/i18n", "internal/search", "internal/tabular", "internal/tenants/kinds"}

// capabilities in their order: each may know those before it.
var capabilities = []string{"internal/tenants", "internal/roles", "internal/records", "internal/people", "internal/signin", "internal/help", "internal/account", "internal/stay"}

// beneath is what every capability may use.
var beneath = append(slices.Clone(leaves), "internal/access", "internal/journal", "internal/mail", "internal/rights", "internal/secret/...")

// mayImport is what the other rooms may know, besides nothing. A room that is
// not here has to be given its place first.
var mayImport = map[string][]string{
	"internal/fault":                 {},
	"internal/flock":                 {},
	"internal/grid":                  {},
	"internal/i18n":                  {},
	"internal/form":                  {"internal/fault"},
	"internal/search":                {},
	"internal/tabular":               {"internal/fault"},
	"internal/tenants/kinds":         {"internal/grid", "internal/i18n"},
	"internal/secret/argon":          {},
	"internal/secret/code":           {"internal/secret/keyring"},
	"internal/secret/keyring":        {},
	"internal/secret/passkey":        {},
	"internal/secret/readable":       {},
	"internal/secret/token":          {},
	"internal/secret/totp":           {"internal/secret/readable", "internal/secret/token"},
	"internal/secret/password":       {"internal/fault", "internal/secret/argon", "internal/secret/password/plain", "internal/secret/readable"},
	"internal/secret/password/gen":   {"internal/secret/password/plain"},
	"internal/secret/password/plain": {},

	"migrations":        {},
	"internal/postgres": {"internal/flock", "migrations"},
	"internal/access":   {"internal/fault", "internal/grid", "internal/postgres"},
	"internal/journal":  {"internal/access", "internal/grid", "internal/search"},
	"internal/rights":   {"internal/access", "internal/grid", "internal/tenants/kinds"},
	"internal/audit":    {"internal/access", "internal/fault", "internal/grid", "internal/rights", "internal/search"},
	"internal/mail":     {"internal/access", "internal/fault", "internal/i18n", "internal/postgres", "internal/secret/..."},

	"internal/sms":         {"internal/access", "internal/i18n", "internal/postgres", "internal/secret/...", "internal/sms/gateway"},
	"internal/sms/gateway": {},

	"web/static": {},
	"web/ui":     {"internal/fault", "internal/form", "internal/grid", "internal/i18n"}, // leaves alone: it knows nothing of the domain
	"web/layout": {"internal/i18n", "web/static", "web/ui"},
	"web/page":   {"internal/form", "internal/grid", "internal/i18n", "web/layout", "web/ui"},
	"web/mail":   {"internal/i18n"},

	"internal/portal": append(append(slices.Clone(beneath), capabilities...), "internal/audit",
		"internal/postgres", "internal/sms", "web/layout", "web/page", "web/static", "web/ui"),
	"internal/config":  {"internal/secret/keyring", "internal/sms/gateway"},
	"internal/console": append(slices.Clone(beneath), capabilities...),
	"internal/demo":    append(append(slices.Clone(beneath), capabilities...), "internal/app", "internal/config", "internal/postgres", "internal/sms"),
	"internal/app":     {"internal/...", "web/..."},
	"cmd/habilis":      {"internal/..."},

	"internal/browser":                    {},
	"internal/bench":                      {"internal/..."},
	"internal/secret/passkey/passkeytest": {},

	"internal/pgtest":       {"internal/flock", "internal/postgres"},
	"internal/pgtest/big":   {"internal/people", "internal/pgtest", "internal/pgtest/place"},
	"internal/pgtest/place": {"internal/access", "internal/grid", "internal/pgtest", "internal/tenants", "internal/tenants/kinds"},
}

// testsOnly are rooms that only tests may import.
var testsOnly = []string{"internal/browser", "internal/pgtest", "internal/pgtest/big", "internal/pgtest/place", "internal/secret/passkey/passkeytest"}

type room struct {
	name    string
	imports []string // of ours
}

// rooms are the packages of the product, without their tests.
func rooms(t *testing.T) []room {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", `{{if .GoFiles}}{{.ImportPath}} {{join .Imports " "}}{{end}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []room
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		r := room{name: strings.TrimPrefix(words[0], module)}
		for _, path := range words[1:] {
			if ours, ok := strings.CutPrefix(path, module); ok {
				r.imports = append(r.imports, ours)
			}
		}
		found = append(found, r)
	}
	return found
}

// allowed is what a room may import, and whether the room is on the plan.
func allowed(name string) ([]string, bool) {
	if i := slices.Index(capabilities, name); i >= 0 {
		return append(slices.Clone(beneath), capabilities[:i]...), true
	}
	patterns, ok := mayImport[name]
	return patterns, ok
}

func fits(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, all := strings.CutSuffix(pattern, "...")
		return path == pattern || all && strings.HasPrefix(path, folder)
	})
}

func TestEachRoomImportsOnlyWhatLiesBeneathIt(t *testing.T) {
	found := rooms(t)
	if len(found) < 20 {
		t.Fatalf("go list found only %d packages", len(found))
	}
	for _, r := range found {
		patterns, ok := allowed(r.name)
		if !ok {
			t.Errorf("%s has no place on the plan of imports yet", r.name)
			continue
		}
		for _, path := range r.imports {
			if !fits(path, patterns) {
				t.Errorf("%s imports %s", r.name, path)
			}
		}
	}
}

func TestTheProductDoesNotImportWhatIsForTests(t *testing.T) {
	for _, r := range rooms(t) {
		if slices.Contains(testsOnly, r.name) || r.name == "internal/bench" {
			continue
		}
		for _, path := range r.imports {
			if slices.Contains(testsOnly, path) {
				t.Errorf("%s imports %s", r.name, path)
			}
		}
	}
}

// Packages that only some rooms may use, whatever else they import.
func TestOnlyTheDoorAndItsKeepersReachTheDatabase(t *testing.T) {
	mayUse := map[string][]string{
		"github.com/jackc/pgx/v5/pgxpool": {"internal/access", "internal/postgres", "internal/mail", "internal/app", "internal/pgtest", "internal/bench", "cmd/habilis"},
		"database/sql":                    {"internal/postgres"},
		"unsafe":                          {},
	}
	for path, keepers := range mayUse {
		out, err := exec.Command("go", "list", "-f", fmt.Sprintf(`{{range .Imports}}{{if eq . %q}}{{$.ImportPath}}{{"\n"}}{{end}}{{end}}`, path), module+"...").Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		for _, user := range strings.Fields(string(out)) {
			if name := strings.TrimPrefix(user, module); !slices.Contains(keepers, name) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
