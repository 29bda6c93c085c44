package kinds

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"habilis/internal/grid"
	"habilis/internal/i18n"
)

// The areas of the module admin: the portal's own pages, the same in every kind.
const (
	People   grid.Area = "people"      // manage accounts
	Roles    grid.Area = "roles"       // give and end roles
	Records  grid.Area = "records"     // records, and who is assigned them
	Reviews  grid.Area = "reviews"     // reviews of accounts
	Journal  grid.Area = "journal"     // who did what
	Settings           = grid.Settings // permissions, the grids of roles, the place's own settings
)

var adminAreas = []grid.Area{People, Roles, Records, Reviews, Journal, Settings}

var (
	soundKey    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	soundPhrase = regexp.MustCompile(`^\pL([^{}]*\pL)?$`)
	placeholder = regexp.MustCompile(`\{[^}]*\}`)
)

// checker turns a file into a kind and gathers all that is wrong on the way.
type checker struct {
	file     string
	lines    lines
	problems Problems
}

func (c *checker) wrong(at path, format string, args ...any) {
	c.problems = append(c.problems, Problem{c.file, c.lines.of(at), fmt.Sprintf(format, args...)})
}

func (c *checker) kind(f file) Kind {
	k := Kind{Key: f.Key, Name: f.Name, Words: f.Words, Modules: f.Modules, Flags: f.Flags, Policies: f.Policies}
	if want := strings.TrimSuffix(c.file, ".toml"); f.Key != want {
		c.wrong("key", "key %q is not the file's name: write %q", f.Key, want)
	}
	c.text("name", "name", f.Name)
	if k.RolesChoice = cmp.Or(f.Choice, RolesOne); k.RolesChoice != RolesOne && k.RolesChoice != RolesTicks {
		c.wrong("roles_choice", "roles_choice: %q is not one of %q, %q", f.Choice, RolesOne, RolesTicks)
	}
	c.words(f.Words)
	k.Dialect = c.dialect(f.Phrases)
	c.modules(f.Modules)
	k.Areas = c.areas(k, f.Areas)
	c.adminModule(k)
	k.Roles = c.roles(k, f.Roles)
	c.flags(f.Flags)
	c.policies(f.Policies)
	return k
}

func (c *checker) words(v Vocabulary) {
	for _, w := range []struct {
		at    path
		words Words
	}{{"words.fr", v.Fr}, {"words.en", v.En}} {
		if reflect.ValueOf(w.words).IsZero() {
			c.wrong(w.at, "%s: all words are missing", w.at)
			continue
		}
		eachPhrase(reflect.ValueOf(&w.words).Elem(), w.at, c.phrase)
	}
}

func (c *checker) phrase(p phrase) {
	said := p.value.String()
	if strings.TrimSpace(said) == "" {
		c.wrong(p.path, "%s is missing or empty", p.path)
		return
	}
	var want []string
	if p.fill != "" {
		want = []string{"{" + p.fill + "}"}
	}
	if got := placeholder.FindAllString(said, -1); !slices.Equal(got, want) {
		c.wrong(p.path, "%s: %q should have %s", p.path, said, cmp.Or(strings.Join(want, ""), "no {placeholder}"))
	}
}

func (c *checker) dialect(written phrases) *i18n.Dialect {
	for _, in := range []struct {
		at   path
		said map[string]string
	}{{"phrases.fr", written.Fr}, {"phrases.en", written.En}} {
		for _, phrase := range slices.Sorted(maps.Keys(in.said)) {
			if said := in.said[phrase]; !soundPhrase.MatchString(phrase) || !soundPhrase.MatchString(said) || said == phrase {
				c.wrong(in.at.key(phrase), "%s: %q = %q: write two different phrases, from a letter to a letter", in.at, phrase, said)
			}
		}
	}
	return i18n.NewDialect(written.Fr, written.En)
}

func (c *checker) modules(modules []Module) {
	seen := map[string]bool{}
	for i, m := range modules {
		at := path("modules").item(i)
		c.key(at.key("key"), "module", m.Key, seen)
		c.text(at.key("name"), fmt.Sprintf("module %q: name", m.Key), m.Name)
	}
	if !seen[Admin] {
		c.wrong("modules", "module %q is missing", Admin)
	}
}

// adminModule sees to it that the portal finds its own areas, and no others.
func (c *checker) adminModule(k Kind) {
	none := grid.SetOf(grid.None, grid.All)
	for _, key := range adminAreas {
		if a, ok := k.Area(key); !ok || a.Module != Admin {
			c.wrong("areas", "module %q: area %q is missing", Admin, key)
		}
	}
	for i, a := range k.Areas {
		at := path("areas").item(i)
		switch {
		case a.Module != Admin:
		case !slices.Contains(adminAreas, a.Key):
			c.wrong(at.key("key"), "area %q: the module %q has only %s", a.Key, Admin, enumerate(adminAreas))
		case a.View != none || a.Edit != none:
			c.wrong(at.key("view"), "area %q: an area of the module %q admits none, all", a.Key, Admin)
		}
	}
}

func (c *checker) flags(flags []Flag) {
	seen := map[string]bool{}
	for i, f := range flags {
		at := path("flags").item(i)
		c.key(at.key("key"), "flag", f.Key, seen)
		c.text(at.key("name"), fmt.Sprintf("flag %q: name", f.Key), f.Name)
		c.text(at.key("description"), fmt.Sprintf("flag %q: description", f.Key), f.Description)
	}
}

func (c *checker) areas(k Kind, written []areaFile) []Area {
	seen := map[string]bool{}
	areas := make([]Area, 0, len(written))
	for i, w := range written {
		at := path("areas").item(i)
		c.key(at.key("key"), "area", w.Key, seen)
		c.text(at.key("name"), fmt.Sprintf("area %q: name", w.Key), w.Name)
		if _, ok := k.Module(w.Module); !ok {
			c.wrong(at.key("module"), "area %q: module %q is unknown", w.Key, w.Module)
		}
		a := Area{Key: grid.Area(w.Key), Module: w.Module, Name: w.Name, Impersonal: w.Impersonal}
		a.View = c.scopes(at.key("view"), w.Key, "view", w.View)
		a.Edit = c.scopes(at.key("edit"), w.Key, "edit", w.Edit)
		c.admitted(at.key("edit"), a)
		a.Scopes = c.scopeNames(at.key("scopes"), a, w.Scopes)
		areas = append(areas, a)
	}
	return areas
}

func (c *checker) scopes(at path, area, side string, names []string) grid.Scopes {
	var set grid.Scopes
	for _, name := range names {
		s, err := grid.ParseScope(name)
		switch {
		case err != nil:
			c.wrong(at, "area %q: %s: %v", area, side, err)
		case set.Has(s):
			c.wrong(at, "area %q: %s: %q twice", area, side, name)
		default:
			set |= grid.SetOf(s)
		}
	}
	if len(names) == 0 {
		c.wrong(at, "area %q: %s admits nothing: write at least one scope", area, side)
	}
	return set
}

// admitted sees to it that every scope of an area is part of some sound cell.
func (c *checker) admitted(at path, a Area) {
	if a.View == 0 || a.Edit == 0 {
		return
	}
	for _, s := range a.Edit.List() {
		if !a.View.Has(s) {
			c.wrong(at, "area %q: edit admits %s, which view does not", a.Key, s)
		}
	}
	if s := a.View.Narrowest(); s < a.Edit.Narrowest() {
		c.wrong(at, "area %q: edit admits nothing as narrow as %s, which view admits", a.Key, s)
	}
}

func (c *checker) scopeNames(at path, a Area, written map[string]Text) map[grid.Scope]Text {
	names := map[grid.Scope]Text{}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		s, err := grid.ParseScope(name)
		if err != nil || !a.View.Has(s) {
			c.wrong(at.key(name), "area %q: scopes: %q is not a scope that the area admits", a.Key, name)
			continue
		}
		c.text(at.key(name), fmt.Sprintf("area %q: scopes: %s", a.Key, name), written[name])
		names[s] = written[name]
	}
	return names
}

// key refuses a key that is malformed or was seen before.
func (c *checker) key(at path, what, key string, seen map[string]bool) {
	switch {
	case !soundKey.MatchString(key):
		c.wrong(at, "%s: key %q: write 1 to 40 of a-z, 0-9 and _, a letter first", what, key)
	case seen[key]:
		c.wrong(at, "%s %q: there are two", what, key)
	}
	seen[key] = true
}

func (c *checker) text(at path, what string, t Text) {
	if strings.TrimSpace(t.Fr) == "" {
		c.wrong(at, "%s: fr is missing or empty", what)
	}
	if strings.TrimSpace(t.En) == "" {
		c.wrong(at, "%s: en is missing or empty", what)
	}
}

func (c *checker) oneOf(at path, value string, choices ...string) {
	if !slices.Contains(choices, value) {
		c.wrong(at, "%s: %q is not one of %s", at, value, enumerate(choices))
	}
}

func (c *checker) within(at path, n, low, high int) {
	if n < low || n > high {
		c.wrong(at, "%s: %d is not within %d to %d", at, n, low, high)
	}
}

func enumerate[S ~string](words []S) string {
	said := make([]string, len(words))
	for i, w := range words {
		said[i] = string(w)
	}
	return strings.Join(said, ", ")
}
