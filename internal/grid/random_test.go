package grid

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A case takes microseconds: try many more than rapid does unasked.
// -rapid.checks on the command line still decides.
func init() {
	if err := flag.Set("rapid.checks", "3000"); err != nil {
		panic(err)
	}
}

// law checks a property against a random catalogue.
func law(t *testing.T, holds func(*rapid.T, Catalogue)) {
	t.Helper()
	rapid.Check(t, func(r *rapid.T) { holds(r, catalogues.Draw(r, "catalogue")) })
}

var admits = rapid.SampledFrom(allCoherent())

// allCoherent is every Admits that an area may have.
func allCoherent() []Admits {
	var all []Admits
	for view := Scopes(0); view < 16; view++ {
		for edit := Scopes(0); edit < 16; edit++ {
			if a := (Admits{view, edit}); a.Coherent() {
				all = append(all, a)
			}
		}
	}
	return all
}

// cells is every cell that may be chosen in an area.
func (a Admits) cells() []Cell {
	var cells []Cell
	for _, view := range a.View.List() {
		for _, edit := range a.Edit.List() {
			if edit <= view {
				cells = append(cells, Cell{view, edit})
			}
		}
	}
	return cells
}

// overrides is every override that may be set in an area.
func (a Admits) overrides() []Override {
	var all []Override
	for _, view := range a.View.List() {
		all = append(all, Override{View: &view})
	}
	for _, edit := range a.Edit.List() {
		all = append(all, Override{Edit: &edit})
	}
	for _, cell := range a.cells() {
		all = append(all, Override{&cell.View, &cell.Edit})
	}
	return all
}

var catalogues = rapid.Custom(func(r *rapid.T) Catalogue {
	c := make(Catalogue, rapid.IntRange(1, 5).Draw(r, "areas"))
	for i := range c {
		c[i] = Row{Area(fmt.Sprintf("area%d", i)), admits.Draw(r, "admits")}
	}
	if rapid.Bool().Draw(r, "settings") {
		c = append(c, Row{Settings, Admits{SetOf(None, All), SetOf(None, All)}})
	}
	return c
})

func (c Catalogue) area() *rapid.Generator[Area] {
	return rapid.Map(rapid.SampledFrom(c), func(row Row) Area { return row.Area })
}

func (c Catalogue) grid() *rapid.Generator[Grid] {
	return rapid.Custom(func(r *rapid.T) Grid {
		g := Grid{}
		for _, row := range c {
			if rapid.Bool().Draw(r, "said") {
				g[row.Area] = rapid.SampledFrom(row.cells()).Draw(r, "cell")
			}
		}
		return g
	})
}

func (c Catalogue) grids() *rapid.Generator[[]Grid] { return rapid.SliceOfN(c.grid(), 0, 5) }

func (c Catalogue) override(area Area) *rapid.Generator[Override] {
	admits, _ := c.Find(area)
	return rapid.SampledFrom(admits.overrides())
}

func (c Catalogue) hands() *rapid.Generator[map[Area]ByHand] {
	return rapid.Custom(func(r *rapid.T) map[Area]ByHand {
		hands := map[Area]ByHand{}
		for _, row := range c {
			if rapid.IntRange(0, 2).Draw(r, "by hand") == 0 {
				hands[row.Area] = ByHand{Override: c.override(row.Area).Draw(r, "override")}
			}
		}
		return hands
	})
}

// roles is a place's roles; each has its index as the first byte of its ID.
func (c Catalogue) roles() *rapid.Generator[[]Role] {
	return rapid.Custom(func(r *rapid.T) []Role {
		roles := make([]Role, rapid.IntRange(1, 5).Draw(r, "roles"))
		for i := range roles {
			rules := Rules{Exclusive: rapid.IntRange(0, 5).Draw(r, "exclusive") == 0}
			if rapid.Bool().Draw(r, "given by people") {
				rules.GivenBy = []ID{{0}}
			}
			roles[i] = Role{ID{byte(i)}, c.grid().Draw(r, "grid"), rules}
		}
		return roles
	})
}

// facts is a person of a place: some of its roles (one, if it is exclusive),
// and some cells set by hand.
func (c Catalogue) facts(roles []Role) *rapid.Generator[Facts] {
	return rapid.Custom(func(r *rapid.T) Facts {
		f := Facts{ByHand: c.hands().Draw(r, "hands")}
		for i, role := range roles {
			held := Held{role, time.Unix(int64(i), 0), By{Kind: "support"}}
			switch {
			case !rapid.Bool().Draw(r, "held"):
			case role.Rules.Exclusive:
				f.Held = []Held{held}
				return f
			default:
				f.Held = append(f.Held, held)
			}
		}
		return f
	})
}

func (c Catalogue) act(roles []Role) *rapid.Generator[Act] {
	return rapid.Custom(func(r *rapid.T) Act {
		role, other := rapid.SampledFrom(roles).Draw(r, "role"), rapid.SampledFrom(roles).Draw(r, "other")
		area := c.area().Draw(r, "area")
		switch rapid.IntRange(0, 5).Draw(r, "act") {
		case 0:
			return Give{Held{Role: role}}
		case 1:
			return Replace{role.ID, Held{Role: other}}
		case 2:
			return End{role.ID}
		case 3:
			return Set{area, ByHand{Override: c.override(area).Draw(r, "override")}}
		case 4:
			return Clear{area}
		default:
			return Regrid{role.ID, c.grid().Draw(r, "grid")}
		}
	})
}
