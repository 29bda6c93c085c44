package grid

import (
	"fmt"
	"testing"
)

// bench is a person of five roles and two hands in a place of fifteen areas.
func bench() (Catalogue, []Grid, map[Area]Override) {
	var c Catalogue
	for i := range 15 {
		c = append(c, Row{Area(fmt.Sprintf("module.area-%d", i)), Admits{15, 15}})
	}
	var roles []Grid
	for i := range 5 {
		g := Grid{}
		for j, row := range c {
			view := Scope((i + j) % 4)
			g[row.Area] = Cell{view, view / 2}
		}
		roles = append(roles, g)
	}
	own, all := Own, All
	return c, roles, map[Area]Override{c[3].Area: {View: &own}, c[9].Area: {Edit: &all}}
}

func BenchmarkEffective(b *testing.B) {
	c, roles, hands := bench()
	b.ReportAllocs()
	for b.Loop() {
		c.Effective(roles, hands)
	}
}

// benchFacts are the facts of such a person, and a sixth role.
func benchFacts() (Catalogue, Facts, Role) {
	c, roles, hands := bench()
	f := Facts{ByHand: map[Area]ByHand{}}
	for i, g := range roles {
		f.Held = append(f.Held, Held{Role: Role{ID: ID{byte(i)}, Grid: g}})
	}
	for area, o := range hands {
		f.ByHand[area] = ByHand{Override: o}
	}
	return c, f, Role{ID: ID{9}, Grid: roles[0]}
}

// All thirty cells of a person, as the tab of their permissions shows them.
func BenchmarkExplain(b *testing.B) {
	c, f, _ := benchFacts()
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range c {
			c.Explain(f, row.Area, View)
			c.Explain(f, row.Area, Edit)
		}
	}
}

func BenchmarkMissing(b *testing.B) {
	c, f, role := benchFacts()
	b.ReportAllocs()
	for b.Loop() {
		c.Missing(f, c[5].Area, Edit, All, []Role{role, role, role, role, role, role, role, role})
	}
}

func BenchmarkPreview(b *testing.B) {
	c, f, role := benchFacts()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Preview(f, Give{Held{Role: role}}); err != nil {
			b.Fatal(err)
		}
	}
}

// A page of people computes fifty grids: that must stay small beside the query.
func TestAGridCostsFewAllocations(t *testing.T) {
	c, roles, hands := bench()
	if n := testing.AllocsPerRun(100, func() { c.Effective(roles, hands) }); n > 12 {
		t.Errorf("%v allocations", n)
	}
}
