// Package kinds holds the kinds of establishment as data: for each kind its
// vocabulary, its modules and their areas, the roles that a place starts with,
// the flags of a person and the default policies, in French and in English.
//
// A kind is one TOML file of this folder. To add one, copy the nearest, change
// its key to the file's name, and run the tests: a file that is wrong is refused
// with its line and the reason. Nothing of the code knows the kinds by name.
package kinds

import (
	"cmp"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"habilis/internal/grid"
	"habilis/internal/i18n"
)

//go:embed *.toml
var files embed.FS

// Catalogue is all kinds, by key in alphabetical order.
type Catalogue []Kind

// Load reads the kinds that are built in, all that they say set as type. The
// error is a [Problems] when a file is wrong, with everything that is wrong in
// all files.
func Load() (Catalogue, error) {
	catalogue, err := load(files)
	for i := range catalogue {
		catalogue[i].typeset()
	}
	return catalogue, err
}

func load(tree fs.FS) (Catalogue, error) {
	names, err := fs.Glob(tree, "*.toml")
	if err != nil {
		return nil, fmt.Errorf("listing kinds: %w", err)
	}
	var catalogue Catalogue
	var problems Problems
	for _, name := range names {
		data, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, fmt.Errorf("reading kind: %w", err)
		}
		kind, wrong := parse(name, data)
		catalogue = append(catalogue, kind)
		problems = append(problems, wrong...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	slices.SortFunc(catalogue, func(a, b Kind) int { return cmp.Compare(a.Key, b.Key) })
	return catalogue, nil
}

// Parse reads one kind; name is its file's name, for the errors. The error is a
// [Problems]: all that is wrong, each with its line.
func Parse(name string, data []byte) (Kind, error) {
	kind, problems := parse(name, data)
	if len(problems) > 0 {
		return Kind{}, problems
	}
	return kind, nil
}

// Kind returns the kind with the given key.
func (c Catalogue) Kind(key string) (Kind, bool) {
	return find(c, func(k Kind) bool { return k.Key == key })
}

// Printer returns the printer of a locale that speaks as the places of a kind
// do. That of an unknown kind speaks plainly.
func (c Catalogue) Printer(kind string, l i18n.Locale) *i18n.Printer {
	k, _ := c.Kind(kind)
	return k.Dialect.For(l)
}

// Kind is a kind of establishment: all that a new place of this kind starts with.
// It is shared: read it, don't change it.
type Kind struct {
	Key      string
	Name     Text
	Words    Vocabulary
	Dialect  *i18n.Dialect // the portal's sentences in the kind's words
	Modules  []Module
	Areas    []Area
	Roles    []Role
	Flags    []Flag
	Policies Policies
	// RolesChoice says how roles are chosen for a person: "one", which another can
	// join later, or "ticks", several at once.
	RolesChoice string
}

// How roles are chosen.
const (
	RolesOne   = "one"
	RolesTicks = "ticks"
)

// Vocabulary is a kind's words in both languages.
type Vocabulary struct {
	Fr Words `toml:"fr"`
	En Words `toml:"en"`
}

// In returns the words for a locale such as "fr-CA" or "en".
func (v Vocabulary) In(locale string) Words {
	if english(locale) {
		return v.En
	}
	return v.Fr
}

// Text is one thing said in both languages. French is written in the words of
// Canada.
type Text struct {
	Fr string `toml:"fr"`
	En string `toml:"en"`
}

// In returns the text for a locale such as "fr-CA" or "en".
func (t Text) In(locale string) string {
	if english(locale) {
		return t.En
	}
	return t.Fr
}

func english(locale string) bool { return locale == "en" || strings.HasPrefix(locale, "en-") }

// Admin is the module that every kind has: this portal itself.
const Admin = "admin"

// Module is an application that rights apply to.
type Module struct {
	Key  string `toml:"key"`
	Name Text   `toml:"name"`
}

// Area is one row of a permission grid, and what it admits.
type Area struct {
	Key    grid.Area
	Module string
	Name   Text
	grid.Admits
	Scopes map[grid.Scope]Text // names of its own for some scopes ("Calendrier personnel")
	// Impersonal is true of an area that shows no personal data.
	Impersonal bool
}

// SecondFactor says what a role demands at sign-in.
type SecondFactor string

// What a role may demand. A strong factor is an authenticator app or a passkey,
// never a code by mail or SMS.
const (
	NoFactor     SecondFactor = ""
	AnyFactor    SecondFactor = "any"
	StrongFactor SecondFactor = "strong"
)

// Role is a role of a kind, copied into each new place.
type Role struct {
	Key          string // names the preset; a place keeps it when it renames the role
	Module       string // where it is listed; its grid holds areas of this module and of admin
	Name         Text
	Description  Text
	Grid         grid.Grid
	Default      bool         // what a new person gets; exactly one role of a kind
	Exclusive    bool         // with it, no other role
	GrantedBy    []string     // keys of the roles that may give it; empty: technical support alone
	PairsWith    string       // key of the role to be held together with it, or ""
	MinHolders   int          // people who must hold it
	SecondFactor SecondFactor // what its holders must sign in with
	ExpiresAfter int          // days until a grant ends by itself; 0: never
}

// SupportAlone reports whether only technical support may give the role.
func (r Role) SupportAlone() bool { return len(r.GrantedBy) == 0 }

// Flag is something true or false of a person in a place. It carries no rights.
type Flag struct {
	Key         string `toml:"key"`
	Name        Text   `toml:"name"`
	Description Text   `toml:"description"`
}

// Module returns the module with the given key.
func (k Kind) Module(key string) (Module, bool) {
	return find(k.Modules, func(m Module) bool { return m.Key == key })
}

// Area returns the area with the given key.
func (k Kind) Area(key grid.Area) (Area, bool) {
	return find(k.Areas, func(a Area) bool { return a.Key == key })
}

// AreasOf returns a module's areas in the order of the grid.
func (k Kind) AreasOf(module string) []Area {
	var areas []Area
	for _, a := range k.Areas {
		if a.Module == module {
			areas = append(areas, a)
		}
	}
	return areas
}

// Impersonal reports whether all that a grid opens shows no personal data.
func (k Kind) Impersonal(g grid.Grid) bool {
	for area, cell := range g {
		if a, ok := k.Area(area); cell.View > grid.None && !(ok && a.Impersonal) {
			return false
		}
	}
	return true
}

// ShowsNobody reports whether who has a grid is shown no other person: where the
// kind has areas without personal data, and the grid opens no others.
func (k Kind) ShowsNobody(g grid.Grid) bool {
	return slices.ContainsFunc(k.Areas, func(a Area) bool { return a.Impersonal }) && k.Impersonal(g)
}

// Role returns the role with the given key.
func (k Kind) Role(key string) (Role, bool) {
	return find(k.Roles, func(r Role) bool { return r.Key == key })
}

// DefaultRole returns the role that a new person gets.
func (k Kind) DefaultRole() Role {
	role, _ := find(k.Roles, func(r Role) bool { return r.Default })
	return role
}

// Catalogue returns the areas as the calculus takes them.
func (k Kind) Catalogue() grid.Catalogue {
	rows := make(grid.Catalogue, len(k.Areas))
	for i, a := range k.Areas {
		rows[i] = grid.Row{Area: a.Key, Admits: a.Admits}
	}
	return rows
}

// Grid returns the grid of a role; it is empty for a role that the kind lacks.
func (k Kind) Grid(role string) grid.Grid {
	r, _ := k.Role(role)
	return r.Grid
}

// ScopeName says a scope in the words of an area, or else of the kind.
func (k Kind) ScopeName(area grid.Area, s grid.Scope, locale string) string {
	a, _ := k.Area(area)
	if name, ok := a.Scopes[s]; ok {
		return name.In(locale)
	}
	return k.Words.In(locale).Scopes.Of(s)
}

func find[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}
