package roles_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/rights"
	"habilis/internal/roles"
)

// Random people define roles at random. Whatever they write, nobody's own rights
// widen, what support alone gives stays so, someone edits the settings, and what
// was shown before is what then is.
func TestNoSequenceOfDefinitionsGivesWhatNoRuleAllows(t *testing.T) {
	for _, kind := range []string{"planner", "childcare"} {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				w := newDrawingRoom(t, r, kind)
				for range rapid.IntRange(1, 3).Draw(r, "definitions") {
					w.define(r)
				}
			})
		})
	}
}

// drawingRoom is a place whose people define its roles.
type drawingRoom struct {
	office
	t      *testing.T
	people []place.Person
	made   int
}

func newDrawingRoom(t *testing.T, r *rapid.T, kind string) *drawingRoom {
	w := &drawingRoom{office: open(t, kind), t: t}
	w.people = []place.Person{w.Pilot}
	for range 3 {
		var keys []string
		for _, role := range w.Kind.Roles {
			if !role.Exclusive && rapid.IntRange(0, 2).Draw(r, "holds "+role.Key) == 0 {
				keys = append(keys, role.Key)
			}
		}
		w.people = append(w.people, w.Person(t, keys...))
	}
	w.settle(r)
	return w
}

// settle gives some roles a planned end, and sets some cells by hand.
func (w *drawingRoom) settle(r *rapid.T) {
	super := pgtest.Super(w.t)
	for i, who := range w.people {
		area := rapid.SampledFrom(w.Kind.Areas).Draw(r, "by hand")
		if rapid.Bool().Draw(r, "hand") {
			_, err := super.Exec(w.t.Context(), `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $2, area, $4, $5, view_ok, edit_ok, $6, 'console' from area where tenant_id = $1 and area = $3`,
				w.ID, who.Resource, area.Key, area.View.Widest(), area.Edit.Narrowest(), w.Clock.Now())
			if err != nil {
				w.t.Fatal(err)
			}
		}
		if i > 0 && rapid.Bool().Draw(r, "ends") {
			if _, err := super.Exec(w.t.Context(), `update role_grant set until = $2 where id = (select id from role_grant where resource_id = $1 order by id limit 1)`,
				who.Resource, w.Clock.Now().Add(time.Hour)); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// look is all that there is at an instant.
type look struct {
	*rights.Catalogue
	grids []grid.Grid // of the people
	kept  []grid.Grid // without the roles that have a planned end
}

func (w *drawingRoom) look(at time.Time) look {
	w.t.Helper()
	var l look
	var holdings map[uuid.UUID]*rights.Holding
	_, err := w.Door.Read(w.t.Context(), access.AtConsole(w.ID), access.Need{Also: access.Console}, func(r *access.Reading) {
		l.Catalogue = rights.AskCatalogue(r, at)
		var all []uuid.UUID
		for _, p := range w.people {
			all = append(all, p.Resource)
		}
		holdings = rights.AskHoldings(r, l.Catalogue, at, all)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range w.people {
		h := holdings[p.Resource]
		l.grids = append(l.grids, h.Facts().Grid(l.Rows))
		h.Grants = slices.DeleteFunc(h.Grants, func(g rights.Grant) bool { return g.Until != nil })
		l.kept = append(l.kept, h.Facts().Grid(l.Rows))
	}
	return l
}

// tenure is whether someone edits the settings: 2 for good, 1 for a time.
func (l look) tenure() (most int) {
	for i := range l.grids {
		for n, g := range []grid.Grid{l.grids[i], l.kept[i]} {
			if g[access.Settings].Edit == grid.All {
				most = max(most, n+1)
			}
		}
	}
	return most
}

// given is what the roles that people give come to, and those of support.
func (l look) given() (people, support grid.Grid) {
	var theirs, kept []grid.Grid
	for _, r := range l.Roles {
		switch {
		case r.SupportAlone():
			kept = append(kept, r.Grid)
		case !r.Retired:
			theirs = append(theirs, r.Grid)
		}
	}
	return grid.Join(theirs...), grid.Join(kept...)
}

func (w *drawingRoom) define(r *rapid.T) {
	w.Clock.Advance(time.Second)
	at := w.Clock.Now()
	before, later := w.look(at), w.look(at.Add(2*time.Hour))
	by := max(0, rapid.IntRange(-3, len(w.people)-1).Draw(r, "by")) // the pilot more often than not
	role, d := w.definition(r, before)
	actor := w.people[by].Actor()
	state := w.state()
	page, err := w.PreviewDefinition(w.t.Context(), actor, role, d)
	sent := roles.SentDefinition{Submission: access.NewID()}
	if err == nil {
		sent.Affected = page.Impact.Affected
		if page.Role != nil {
			sent.Version = page.Role.Version
		}
	}
	w.Clock.Advance(time.Second)
	_, done := w.Define(w.t.Context(), actor, role, d, sent)
	if promised := err == nil && page.Refused == nil; promised != (done == nil) {
		r.Fatalf("shown %v %v, done %v", err, page, done)
	}
	if _, ok := fault.As(done); done != nil {
		if !ok {
			r.Fatal(done)
		}
		if w.state() != state {
			r.Fatalf("%v, and something changed", done)
		}
		return
	}
	after := w.look(w.Clock.Now())
	w.lawful(r, by, role, before, after, page.Impact)
	if now, then := later.grids[by], w.look(at.Add(2 * time.Hour)).grids[by]; !now.Covers(then) {
		r.Fatalf("who defined the role may do more once a planned end has come: %v, %v", now, then)
	}
	if past := w.look(at); !slices.EqualFunc(past.grids, before.grids, grid.Grid.Equal) {
		r.Fatal("the past changed")
	}
}

// lawful checks what is true of every definition that was saved.
func (w *drawingRoom) lawful(r *rapid.T, by int, role uuid.UUID, before, after look, shown roles.Impact) {
	if before.grids[by][access.Settings].Edit != grid.All {
		r.Fatal("who may not edit the settings defined a role")
	}
	if !before.grids[by].Covers(after.grids[by]) {
		r.Fatalf("their own rights widened: %v, %v", before.grids[by], after.grids[by])
	}
	if after.tenure() < before.tenure() {
		r.Fatal("nobody edits the settings for good any more")
	}
	shared, kept := before.given()
	theirs, _ := after.given()
	for area, cell := range theirs {
		for _, dir := range grid.Directions {
			if is := cell.At(dir); is > shared[area].At(dir) && kept[area].At(dir) > shared[area].At(dir) {
				r.Fatalf("%s of %s, which support alone gave, is given by people", dir, area)
			}
		}
	}
	var affected, gaining, losing int
	for i := range w.people {
		changes := before.Rows.Diff(before.grids[i], after.grids[i])
		affected += min(1, len(changes))
		gaining += min(1, len(changes.Widened()))
		losing += min(1, len(changes.Narrowed()))
	}
	if shown.Affected != affected || shown.Gaining != gaining || shown.Losing != losing || len(shown.First) != affected {
		r.Fatalf("shown %+v, and %d people changed, %d gained, %d lost", shown, affected, gaining, losing)
	}
	defaults := 0
	for _, is := range after.Roles {
		if is.Default {
			defaults++
		}
		was := before.Role(is.ID)
		if was != nil && was.ID != role && !was.Grid.Equal(is.Grid) {
			r.Fatalf("the grid of another role changed: %s", is.Name.Fr)
		}
		if was != nil && was.SupportAlone() != is.SupportAlone() {
			r.Fatalf("who gives %s went to, or from, support", is.Name.Fr)
		}
	}
	if defaults != 1 {
		r.Fatalf("%d roles are the default one", defaults)
	}
}

// definition changes a role, or makes one, at random: some of it can't be.
func (w *drawingRoom) definition(r *rapid.T, l look) (uuid.UUID, roles.Definition) {
	from := rapid.SampledFrom(l.Roles).Draw(r, "role")
	role, d := from.ID, changed(roles.DefinitionOf(from))
	if rapid.IntRange(0, 3).Draw(r, "copy") == 0 {
		w.made++
		role, d = uuid.Nil, changed(roles.CopyOf(from))
		d.Name.Fr = "Copie " + string(rune('A'+w.made)) + from.Name.Fr
		if len(d.GivenBy) == 0 {
			d.GivenBy = []uuid.UUID{from.ID}
		}
	}
	for range rapid.IntRange(0, 3).Draw(r, "cells") {
		area := rapid.SampledFrom(l.Areas).Draw(r, "area")
		view := rapid.SampledFrom(area.Admits.View.List()).Draw(r, "view")
		edit := rapid.SampledFrom(area.Admits.Edit.List()).Draw(r, "edit")
		d.Grid[area.Key] = grid.Cell{View: view, Edit: edit}
	}
	if rapid.IntRange(0, 2).Draw(r, "factor") == 0 {
		d.SecondFactor = rapid.SampledFrom([]string{"", "any", "strong"}).Draw(r, "asks for")
	}
	if rapid.IntRange(0, 5).Draw(r, "exclusive") == 0 {
		d.Exclusive = !d.Exclusive
	}
	if rapid.IntRange(0, 5).Draw(r, "default") == 0 {
		d.Default = !d.Default
	}
	if rapid.IntRange(0, 5).Draw(r, "givers") == 0 {
		d.GivenBy = rapid.SliceOfN(rapid.SampledFrom(w.ids(l)), 0, 3).Draw(r, "given by")
	}
	if rapid.IntRange(0, 5).Draw(r, "pairs") == 0 {
		d.PairsWith = rapid.SliceOfN(rapid.SampledFrom(w.ids(l)), 0, 2).Draw(r, "pairs with")
	}
	return role, d
}

func (w *drawingRoom) ids(l look) []uuid.UUID {
	var ids []uuid.UUID
	for _, role := range l.Roles {
		ids = append(ids, role.ID)
	}
	return ids
}

// state is a digest of all that a definition may change.
func (w *drawingRoom) state() string {
	return query[string](w.t, `
select md5(concat((select string_agg(x::text, '' order by x::text) from role x where tenant_id = $1),
  (select string_agg(x::text, '' order by x::text) from role_cell x where tenant_id = $1),
  (select string_agg(x::text, '' order by x::text) from role_giver x where tenant_id = $1),
  (select string_agg(x::text, '' order by x::text) from role_pair x where tenant_id = $1),
  (select string_agg(x::text, '' order by x::text) from role_grant x where tenant_id = $1),
  (select string_agg(x::text, '' order by x::text) from resource x where tenant_id = $1)))`, w.ID)
}
