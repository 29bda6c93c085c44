package portal

import (
	"slices"
	"strconv"
	"strings"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// roleFields are the fields of a definition other than its cells.
var roleFields = []string{"name_fr", "name_en", "description_fr", "description_en", "module", "default", "exclusive", "min_holders", "second_factor",
	"expires_after", "given_by", "pairs_with"}

// wasPrefix begins the names of the fields that keep what others were when the
// form was filled.
const wasPrefix = "was."

// plain is what a field says, whatever the order of its values and its spaces.
func plain(values []string) string {
	return strings.Join(strings.Fields(strings.Join(slices.Sorted(slices.Values(values)), " ")), " ")
}

// roleWas keeps what a form of a role that is there was filled from: what it says
// that already, or else the role as it is.
func roleWas(f *form.Form, role *rights.Role) []ui.Hidden {
	if role == nil {
		return nil
	}
	d := roles.DefinitionOf(role)
	var kept []ui.Hidden
	saved := formOfRole(d, role)
	for _, name := range roleFields {
		kept = append(kept, ui.Hidden{Name: wasPrefix + name, Value: plain(saved.Values[name])})
	}
	kept = append(kept, cellsOf(d.Grid).hidden()...)
	for i, h := range kept {
		if f.Values.Has(h.Name) {
			kept[i].Value = f.Typed(h.Name)
		}
	}
	return kept
}

// roleStale shows what was typed beside what someone else saved meanwhile; what
// was not touched follows what they saved. Sending the form once more overwrites
// the rest knowingly.
func (v *visit) roleStale(found *roles.DefiningPage, present roles.Definition, f *form.Form) error {
	f.Fail(fault.Conflict("roles.definition_stale"))
	followRole(f, found.Role, present)
	wanted, _ := typedRole(f, found.Catalogue.Areas, present)
	f.Values.Set("version", strconv.Itoa(found.Role.Version))
	return v.again(f, v.roleForm(found, present, f, &page.Stale{Differences: v.roleDifferences(found, present, wanted)}))
}

// followRole leaves to what is saved, in the form too, what the form says just as
// when it was filled. A form that doesn't keep what that was is all touched.
func followRole(f *form.Form, role *rights.Role, present roles.Definition) {
	if !f.Values.Has(wasPrefix + "name_fr") {
		return
	}
	saved := formOfRole(present, role)
	for _, name := range roleFields {
		if plain(f.Values[name]) == plain([]string{f.Typed(wasPrefix + name)}) {
			f.Values[name] = slices.Clone(saved.Values[name])
		}
	}
	said := readCells(f)
	said.keepTouched(f, cellsOf(present.Grid))
	for area, o := range said {
		for _, d := range grid.Directions {
			f.Values.Set(roles.CellField(area, d), cellValue(o, d))
		}
	}
	for name := range f.Values {
		if strings.HasPrefix(name, wasPrefix) {
			f.Values.Del(name)
		}
	}
}

// roleDifferences are the words, rules and cells in which two definitions differ.
func (v *visit) roleDifferences(found *roles.DefiningPage, saved, typed roles.Definition) []page.Difference {
	names := v.namesOf(found.Catalogue)
	var all []page.Difference
	differ := func(label, is, was string) {
		if is != was {
			all = append(all, page.Difference{Label: label, Typed: is, Saved: was})
		}
	}
	say := func(d roles.Definition) []string {
		return []string{d.Name.Fr, english(d.Name), d.Description.Fr, english(d.Description), v.moduleName(found.Catalogue, d.Module),
			v.say.T(yesNo(d.Default)), v.say.T(yesNo(d.Exclusive)), strconv.Itoa(d.MinHolders),
			v.factorName(d.SecondFactor), strconv.Itoa(d.ExpiresAfter), nameAll(d.GivenBy, names), nameAll(d.PairsWith, names)}
	}
	labels := []string{"name_fr", "name_en", "description_fr", "description_en", "module", "default.label", "exclusive.label", "min_holders", "second_factor",
		"expires_after", "givers", "pairs"}
	is, was := say(typed), say(saved)
	for i, label := range labels {
		differ(v.say.T("page.catalogue."+label), is[i], was[i])
	}
	for _, ch := range found.Catalogue.Rows.Diff(saved.Grid, typed.Grid) {
		area := found.Catalogue.Area(ch.Area)
		differ(v.text(area.Name)+" — "+v.accessName(found.Standing, ch.Direction), v.scopeName(found.Standing, ch.Area, ch.To), v.scopeName(found.Standing, ch.Area, ch.From))
	}
	return all
}

// english is what a text says in English, if not only the French again.
func english(t kinds.Text) string {
	if t.En == t.Fr {
		return ""
	}
	return t.En
}

func (v *visit) moduleName(c *rights.Catalogue, key string) string {
	for _, m := range c.Modules {
		if m.Key == key {
			return v.text(m.Name)
		}
	}
	return key
}
