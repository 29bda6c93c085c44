package roles

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// Definition is what a place says of one of its roles.
type Definition struct {
	Module       string
	Name         kinds.Text // English may be left out: the French then stands for it
	Description  kinds.Text
	Grid         grid.Grid // an area that is left out is closed
	Default      bool
	Exclusive    bool
	MinHolders   int
	SecondFactor string // "", any or strong
	ExpiresAfter int    // days; 0: a grant ends by no planned end
	GivenBy      []uuid.UUID
	PairsWith    []uuid.UUID
}

// Limits of a definition; those of a kind's file are the same.
const (
	maxRoleName        = 80  // letters
	maxRoleDescription = 400 // letters
	maxMinHolders      = 100
	maxExpiryDays      = 3650
)

// DefinitionOf is what is said of a role now.
func DefinitionOf(r *rights.Role) Definition {
	return Definition{
		Module: r.Module, Name: r.Name, Description: r.Description, Grid: r.Grid, Default: r.Default, Exclusive: r.Exclusive,
		MinHolders: r.MinHolders, SecondFactor: r.SecondFactor, ExpiresAfter: int(r.ExpiresAfter.Hours() / 24),
		GivenBy: r.GivenBy, PairsWith: r.PairsWith,
	}
}

// CopyOf is the definition that a copy of a role starts from: without a name,
// which no two share, and without what is true of one role alone.
func CopyOf(r *rights.Role) Definition {
	d := DefinitionOf(r)
	d.Name, d.Default, d.MinHolders, d.PairsWith = kinds.Text{}, false, 0, nil
	return d
}

// tidy is the definition as it is kept: texts without the spaces around them and
// in one Unicode form, names in French where no English was given, lists without
// repetition, and no cell that allows nothing where nothing may be allowed.
func (d Definition) tidy(c *rights.Catalogue) Definition {
	d.Name, d.Description = tidyText(d.Name), tidyText(d.Description)
	d.GivenBy, d.PairsWith = once(d.GivenBy), once(d.PairsWith)
	said := grid.Grid{}
	for area, cell := range d.Grid {
		if a := c.Area(area); cell == (grid.Cell{}) && a != nil && a.Admits.View.Has(grid.None) {
			continue
		}
		said[area] = cell
	}
	d.Grid = said
	return d
}

func tidyText(t kinds.Text) kinds.Text {
	t.Fr, t.En = strings.TrimSpace(norm.NFC.String(t.Fr)), strings.TrimSpace(norm.NFC.String(t.En))
	t.En = cmp.Or(t.En, t.Fr)
	return t
}

func once(ids []uuid.UUID) []uuid.UUID {
	var all []uuid.UUID
	for _, id := range ids {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

// role is the definition as a role of the catalogue: the one that it changes, or
// a new one for nil.
func (d Definition) role(was *rights.Role) *rights.Role {
	r := rights.Role{}
	if was != nil {
		r = *was
	}
	r.Module, r.Name, r.Description, r.Grid = d.Module, d.Name, d.Description, d.Grid
	r.Default, r.Exclusive, r.MinHolders, r.SecondFactor = d.Default, d.Exclusive, d.MinHolders, d.SecondFactor
	r.ExpiresAfter = time.Duration(d.ExpiresAfter) * 24 * time.Hour
	r.GivenBy, r.PairsWith = d.GivenBy, d.PairsWith
	return &r
}

// check is all that is wrong with a definition by itself and beside the place's
// other roles, each beside its field. was is the role that it changes, or nil.
func (d Definition) check(c *rights.Catalogue, kind kinds.Kind, was *rights.Role, by giver) fault.Faults {
	k := checking{Definition: d, catalogue: c, kind: kind, was: was, by: by}
	k.words()
	k.cells()
	k.numbers()
	k.factor()
	k.marks()
	k.links()
	return k.faults
}

type checking struct {
	Definition
	catalogue *rights.Catalogue
	kind      kinds.Kind
	was       *rights.Role
	by        giver
	faults    fault.Faults
}

func (k *checking) wrong(when bool, field, key string, args ...any) {
	if when && !slices.ContainsFunc(k.faults, func(f *fault.Fault) bool { return f.Field == field }) {
		k.faults = append(k.faults, fault.Invalid(field, key, args...))
	}
}

func (k *checking) words() {
	k.text("name", k.Name, maxRoleName, "roles.name_missing")
	k.text("description", k.Description, maxRoleDescription, "roles.description_missing")
	for _, r := range k.catalogue.InUse() {
		k.wrong(!k.is(r.ID) && alike(r.Name.Fr, k.Name.Fr), "name_fr", "roles.name_taken")
		k.wrong(!k.is(r.ID) && alike(r.Name.En, k.Name.En), "name_en", "roles.name_taken")
	}
	k.wrong(!slices.ContainsFunc(k.catalogue.Modules, func(m rights.Module) bool { return m.Key == k.Module }), "module", "roles.no_module")
}

func (k *checking) text(field string, t kinds.Text, most int, missing string) {
	k.wrong(t.Fr == "", field+"_fr", missing)
	k.line(field+"_fr", t.Fr, most)
	if t.En != t.Fr {
		k.line(field+"_en", t.En, most)
	}
}

func (k *checking) line(field, text string, most int) {
	k.wrong(utf8.RuneCountInString(text) > most, field, "roles.text_too_long", "Most", most)
	k.wrong(!form.Legible(text), field, "form.characters")
}

func alike(one, other string) bool {
	return strings.EqualFold(norm.NFKC.String(one), norm.NFKC.String(other))
}

// is reports whether an identifier is that of the role that is changed.
func (k *checking) is(id uuid.UUID) bool { return k.was != nil && k.was.ID == id }

// cells checks the grid against what each area admits, and against the modules:
// a role reaches its own and the portal; one of the portal reaches all.
func (k *checking) cells() {
	said := Hands{}
	for area, cell := range k.Grid {
		said[area] = grid.Override{View: &cell.View, Edit: &cell.Edit}
	}
	k.faults = append(k.faults, said.check(k.catalogue.Rows)...)
	for _, a := range k.catalogue.Areas {
		cell, said := k.Grid[a.Key]
		reached := k.Module == kinds.Admin || a.Module == kinds.Admin || a.Module == k.Module
		k.wrong(!reached && cell.View > grid.None, CellField(a.Key, grid.View), "roles.cell_elsewhere")
		k.wrong(reached && !said && !a.Admits.View.Has(grid.None), CellField(a.Key, grid.View), "roles.cell_missing")
	}
}

func (k *checking) numbers() {
	k.wrong(k.MinHolders < 0 || k.MinHolders > maxMinHolders, "min_holders", "roles.out_of_range", "Least", 0, "Most", maxMinHolders)
	k.wrong(k.ExpiresAfter < 0 || k.ExpiresAfter > maxExpiryDays, "expires_after", "roles.out_of_range", "Least", 0, "Most", maxExpiryDays)
	k.wrong(k.MinHolders > 0 && k.ExpiresAfter > 0, "expires_after", "roles.held_expires")
	k.wrong(k.MinHolders == 0 && k.was != nil && k.preset(k.was).MinHolders > 0, "min_holders", "roles.stays_held")
}

var factors = []string{"", string(kinds.AnyFactor), string(kinds.StrongFactor)} // from the weakest

// factor sees to it that a role asks for the second factor that what it allows
// deserves: a strong one where it edits the settings, one at all where it edits
// anything of the portal, and no less than the kind's role that allows as much.
func (k *checking) factor() {
	asked := slices.Index(factors, k.SecondFactor)
	if asked < 0 {
		k.wrong(true, "second_factor", "roles.no_factor")
		return
	}
	if k.Grid[access.Settings].Edit > grid.None {
		k.wrong(asked < 2, "second_factor", "roles.factor_settings")
	}
	for _, a := range k.catalogue.Areas {
		k.wrong(asked < 1 && a.Module == kinds.Admin && k.Grid[a.Key].Edit > grid.None, "second_factor", "roles.factor_portal")
	}
	for _, r := range k.catalogue.Roles {
		least := slices.Index(factors, string(k.preset(r).SecondFactor))
		k.wrong((k.is(r.ID) || covers(k.Grid, r.Grid)) && asked < least, "second_factor", "roles.factor_lowered", "Role", r.Name.Fr)
	}
}

// preset is what the kind says of a role of the place, nothing of its own ones.
func (k *checking) preset(r *rights.Role) kinds.Role {
	role, _ := k.kind.Role(r.Preset)
	return role
}

// covers reports whether a grid allows all that another does, and that is something.
func covers(g, h grid.Grid) bool { return !h.Equal(grid.Grid{}) && g.Covers(h) }

// marks checks what makes a role the default one, or an exclusive one.
func (k *checking) marks() {
	k.wrong(!k.Default && k.was != nil && k.was.Default, "default", "roles.default_needed")
	k.wrong(k.Default && k.Exclusive, "exclusive", "roles.default_exclusive")
	for _, a := range k.catalogue.Areas {
		k.wrong(k.Default && a.Module == kinds.Admin && k.Grid[a.Key].Edit > grid.None, "default", "roles.default_powerful")
	}
}

func (k *checking) links() {
	k.wrong(len(k.GivenBy) == 0 && k.by.bound(), "given_by", "roles.no_giver")
	for _, id := range k.GivenBy {
		k.wrong(!k.is(id) && !k.names(id, k.wasGivenBy), "given_by", "roles.link_absent")
	}
	k.wrong(k.Exclusive && len(k.PairsWith) > 0, "pairs_with", "roles.pair_exclusive")
	for _, id := range k.PairsWith {
		other := k.catalogue.Role(id)
		k.wrong(k.is(id) || !k.names(id, k.wasPairedWith), "pairs_with", "roles.link_absent")
		k.wrong(other != nil && other.Exclusive, "pairs_with", "roles.pair_exclusive")
		k.wrong(other != nil && other.SupportAlone() && k.by.bound() && !slices.Contains(k.wasPairedWith(), id), "pairs_with", "roles.pair_support")
	}
}

// names reports whether a role may be named by another: it is in use, or was
// named before it was retired.
func (k *checking) names(id uuid.UUID, before func() []uuid.UUID) bool {
	r := k.catalogue.Role(id)
	return r != nil && (!r.Retired || slices.Contains(before(), id))
}

func (k *checking) wasGivenBy() []uuid.UUID {
	if k.was == nil {
		return nil
	}
	return k.was.GivenBy
}

func (k *checking) wasPairedWith() []uuid.UUID {
	if k.was == nil {
		return nil
	}
	return k.was.PairsWith
}
