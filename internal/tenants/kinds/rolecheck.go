package kinds

import (
	"fmt"
	"maps"
	"slices"

	"habilis/internal/grid"
)

func (c *checker) roles(k Kind, written []roleFile) []Role {
	seen, before := map[string]bool{}, len(c.problems)
	roles := make([]Role, 0, len(written))
	for i, w := range written {
		at := path("roles").item(i)
		c.key(at.key("key"), "role", w.Key, seen)
		c.text(at.key("name"), fmt.Sprintf("role %q: name", w.Key), w.Name)
		c.text(at.key("description"), fmt.Sprintf("role %q: description", w.Key), w.Description)
		if _, ok := k.Module(w.Module); !ok {
			c.wrong(at.key("module"), "role %q: module %q is unknown", w.Key, w.Module)
		}
		role := Role{
			Key: w.Key, Module: w.Module, Name: w.Name, Description: w.Description, Grid: c.grid(at.key("grid"), k, w),
			Default: w.Default, Exclusive: w.Exclusive, GrantedBy: w.GrantedBy, PairsWith: w.PairsWith,
			MinHolders: w.MinHolders, SecondFactor: w.SecondFactor, ExpiresAfter: w.ExpiresAfter,
		}
		c.numbers(at, role)
		roles = append(roles, role)
	}
	if len(c.problems) == before {
		k.Roles = roles
		c.together(k)
	}
	return roles
}

// together checks what roles that are right by themselves say of one another.
func (c *checker) together(k Kind) {
	c.defaultRole(k.Roles)
	c.administrable(k.Roles)
	for i, r := range k.Roles {
		at := path("roles").item(i)
		c.givers(at.key("granted_by"), k, r)
		c.pair(at.key("pairs_with"), k, r)
	}
}

func (c *checker) numbers(at path, r Role) {
	c.limit(at.key("min_holders"), r.Key, "min_holders", r.MinHolders, 100)
	c.limit(at.key("expires_after_days"), r.Key, "expires_after_days", r.ExpiresAfter, 3650)
	if !slices.Contains([]SecondFactor{NoFactor, AnyFactor, StrongFactor}, r.SecondFactor) {
		c.wrong(at.key("needs_second_factor"), `role %q: needs_second_factor: %q is not one of "", "any", "strong"`, r.Key, r.SecondFactor)
	}
}

func (c *checker) limit(at path, role, what string, n, high int) {
	if n < 0 || n > high {
		c.wrong(at, "role %q: %s: %d is not within 0 to %d", role, what, n, high)
	}
}

// grid reads a role's cells; an area that is left out is closed to the role.
func (c *checker) grid(at path, k Kind, w roleFile) grid.Grid {
	cells := grid.Grid{}
	for _, name := range slices.Sorted(maps.Keys(w.Grid)) {
		area, ok := k.Area(grid.Area(name))
		switch {
		case !ok:
			c.wrong(at.key(name), "role %q: area %q is unknown", w.Key, name)
		case !reaches(w.Module, area):
			c.wrong(at.key(name), "role %q is of the module %q: area %q is of the module %q", w.Key, w.Module, name, area.Module)
		default:
			cells[area.Key] = c.cell(at.key(name), w, area)
		}
	}
	for _, area := range k.Areas {
		if _, said := cells[area.Key]; !said && reaches(w.Module, area) && !area.View.Has(grid.None) {
			c.wrong(at, "role %q: area %q does not admit none: give it a cell", w.Key, area.Key)
		}
	}
	return cells
}

// reaches reports whether a role of a module may hold a cell in an area: in its
// own module and in the portal; a role of the portal's module, everywhere.
func reaches(module string, a Area) bool {
	return module == Admin || a.Module == Admin || a.Module == module
}

func (c *checker) cell(at path, w roleFile, a Area) grid.Cell {
	written := w.Grid[string(a.Key)]
	cell := grid.Cell{
		View: c.scope(at.key("view"), w.Key, a, "view", written.View, a.View),
		Edit: c.scope(at.key("edit"), w.Key, a, "edit", written.Edit, a.Edit),
	}
	if a.View.Has(cell.View) && a.Edit.Has(cell.Edit) && !cell.Sound() {
		c.wrong(at.key("edit"), "role %q: cell %q: edit %q is wider than view %q", w.Key, a.Key, cell.Edit, cell.View)
	}
	return cell
}

func (c *checker) scope(at path, role string, a Area, side, name string, admitted grid.Scopes) grid.Scope {
	s, err := grid.ParseScope(name)
	switch {
	case err != nil:
		c.wrong(at, "role %q: cell %q: %s: %v", role, a.Key, side, err)
	case !admitted.Has(s):
		c.wrong(at, "role %q: cell %q: %s %q: the area admits %s", role, a.Key, side, name, admitted)
	}
	return s
}

func (c *checker) defaultRole(roles []Role) {
	first := ""
	for i, r := range roles {
		at := path("roles").item(i).key("default")
		switch {
		case !r.Default:
			continue
		case first != "":
			c.wrong(at, "role %q is a second default role: %q is one", r.Key, first)
		case r.Exclusive:
			c.wrong(at, "role %q is the default one and can't be exclusive", r.Key)
		case r.SupportAlone():
			c.wrong(at, "role %q is the default one: say in granted_by who may give it", r.Key)
		}
		first = r.Key
	}
	if first == "" {
		c.wrong("roles", "no role is the default one")
	}
}

// administrable demands one role that may do everything in the portal.
func (c *checker) administrable(roles []Role) {
	everything := grid.Grid{}
	for _, area := range adminAreas {
		everything[area] = grid.Cell{View: grid.All, Edit: grid.All}
	}
	if !slices.ContainsFunc(roles, func(r Role) bool { return r.Grid.Covers(everything) }) {
		c.wrong("roles", "no role may edit all areas of the module %q", Admin)
	}
}

// givers sees to it that whoever may give a role is able to, and has all that it
// gives, unless it may change permissions anyway.
func (c *checker) givers(at path, k Kind, r Role) {
	for i, key := range r.GrantedBy {
		giver, ok := k.Role(key)
		switch {
		case slices.Contains(r.GrantedBy[:i], key):
			c.wrong(at, "role %q: granted_by: %q twice", r.Key, key)
		case !ok:
			c.wrong(at, "role %q: granted_by: role %q is unknown", r.Key, key)
		case !gives(giver, r):
			c.wrong(at, "role %q: granted_by: role %q can't give roles: its cell %q does not edit all", r.Key, key, Roles)
		case giver.Grid[Settings].Edit != grid.All && !giver.Grid.Covers(r.Grid):
			c.wrong(at, "role %q: granted_by: role %q has not all that it would give and can't edit settings", r.Key, key)
		}
	}
}

// gives reports whether a role's holders come to give another: with the roles that
// they change, or, if it is the default one, with the people whom they add.
func gives(giver, r Role) bool {
	return giver.Grid[Roles].Edit == grid.All || r.Default && giver.Grid[People].Edit == grid.All
}

func (c *checker) pair(at path, k Kind, r Role) {
	if r.PairsWith == "" {
		return
	}
	other, ok := k.Role(r.PairsWith)
	switch {
	case !ok:
		c.wrong(at, "role %q: pairs_with: role %q is unknown", r.Key, r.PairsWith)
	case other.Key == r.Key || other.PairsWith != r.Key:
		c.wrong(at, "role %q: pairs_with: role %q does not pair with it in return", r.Key, r.PairsWith)
	case r.Exclusive:
		c.wrong(at, "role %q is exclusive and can't pair with %q", r.Key, r.PairsWith)
	}
}
