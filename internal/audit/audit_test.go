package audit_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// desk is the service of questions over a place.
type desk struct {
	*audit.Service
	*place.Place
}

func open(t testing.TB, kind string) desk {
	t.Helper()
	p := place.Of(t, kind)
	return desk{audit.New(p.Door), p}
}

// state is all that decides what people may do, kept by the test beside the
// database, at one instant.
type state struct {
	at       time.Time
	roles    map[string]grid.Grid
	present  map[int]bool
	held     map[int]map[string]bool
	hands    map[int]map[grid.Area]grid.Override
	assigned map[int]map[int]bool // of records
}

func (s state) clone() state {
	c := state{at: s.at, roles: map[string]grid.Grid{}, present: maps.Clone(s.present),
		held: map[int]map[string]bool{}, hands: map[int]map[grid.Area]grid.Override{}, assigned: map[int]map[int]bool{}}
	for key, g := range s.roles {
		c.roles[key] = maps.Clone(g)
	}
	for i := range s.present {
		c.held[i], c.hands[i], c.assigned[i] = maps.Clone(s.held[i]), maps.Clone(s.hands[i]), maps.Clone(s.assigned[i])
	}
	return c
}

// grid is what someone may do, by the definition of the calculus alone.
func (s state) grid(c grid.Catalogue, who int) grid.Grid {
	if !s.present[who] {
		return grid.Grid{}
	}
	var grids []grid.Grid
	for key := range s.held[who] {
		grids = append(grids, s.roles[key])
	}
	return c.Effective(grids, s.hands[who])
}

// history is a place in which random things happened, and all that it ever was.
type history struct {
	desk
	people  []place.Person
	records []uuid.UUID
	now     state
	past    []state
	rows    grid.Catalogue
}

func newHistory(t *testing.T, r *rapid.T) *history {
	h := &history{desk: open(t, "clinic")}
	for _, a := range h.Kind.Areas {
		h.rows = append(h.rows, grid.Row{Area: a.Key, Admits: a.Admits})
	}
	h.now = state{roles: map[string]grid.Grid{}, present: map[int]bool{}, held: map[int]map[string]bool{},
		hands: map[int]map[grid.Area]grid.Override{}, assigned: map[int]map[int]bool{}}
	for _, role := range h.Kind.Roles {
		h.now.roles[role.Key] = maps.Clone(role.Grid)
	}
	h.people = []place.Person{h.Pilot}
	for range 4 {
		h.people = append(h.people, h.Person(t))
	}
	for i := range h.people {
		h.now.present[i], h.now.held[i], h.now.hands[i], h.now.assigned[i] = true, map[string]bool{}, map[grid.Area]grid.Override{}, map[int]bool{}
	}
	for _, role := range h.Kind.Roles {
		if h.holds(t, h.Pilot, role.Key) {
			h.now.held[0][role.Key] = true
		}
	}
	for range 2 {
		h.records = append(h.records, h.record(t))
	}
	h.keep()
	for range rapid.IntRange(1, 12).Draw(r, "acts") {
		h.Clock.Advance(time.Duration(rapid.IntRange(1, 48).Draw(r, "hours")) * time.Hour)
		h.act(t, r)
		h.keep()
	}
	return h
}

func (h *history) keep() {
	h.now.at = h.Clock.Now()
	h.past = append(h.past, h.now.clone())
}

func (h *history) holds(t *testing.T, who place.Person, role string) (held bool) {
	t.Helper()
	err := pgtest.Super(t).QueryRow(t.Context(), `select exists (select from role_grant where resource_id = $1 and role_id = $2 and open)`,
		who.Resource, h.Role(t, role)).Scan(&held)
	if err != nil {
		t.Fatal(err)
	}
	return held
}

func (h *history) record(t *testing.T) uuid.UUID {
	id := access.NewID()
	h.exec(t, `insert into record (tenant_id, id, reference, reference_key, label, search, created_at)
values (@tenant, @id, @reference, @reference, 'Client', 'client', @now)`, pgx.StrictNamedArgs{"id": id, "reference": id.String()})
	return id
}

// exec changes the place's facts, past all rules.
func (h *history) exec(t *testing.T, sql string, args pgx.StrictNamedArgs) {
	t.Helper()
	h.Write(t, func(ctx context.Context, v *access.Visit) error {
		args["tenant"], args["now"] = h.ID, v.Now
		_, err := v.Exec(ctx, sql, args)
		return err
	})
}

// act does one random thing to the facts, in the database and beside it.
func (h *history) act(t *testing.T, r *rapid.T) {
	who := rapid.IntRange(0, len(h.people)-1).Draw(r, "who")
	resource := h.people[who].Resource
	switch rapid.IntRange(0, 5).Draw(r, "act") {
	case 0:
		h.giveOrEnd(t, r, who)
	case 1:
		h.setOrClear(t, r, who)
	case 2:
		h.regrid(t, r)
	case 3:
		if who == 0 {
			return // the pilot stays
		}
		if h.now.present[who] {
			h.exec(t, `update resource set state = 'archived', archived_at = @now where id = @id and @tenant::uuid is not null`, pgx.StrictNamedArgs{"id": resource})
		} else {
			h.exec(t, `update resource set state = 'active', archived_at = null, restored_at = @now where id = @id and @tenant::uuid is not null`, pgx.StrictNamedArgs{"id": resource})
		}
		h.now.present[who] = !h.now.present[who]
	default:
		record := rapid.IntRange(0, len(h.records)-1).Draw(r, "record")
		args := pgx.StrictNamedArgs{"id": resource, "record": h.records[record]}
		if h.now.assigned[who][record] {
			h.exec(t, `update assignment set until = @now, open = false, ended_kind = 'console' where resource_id = @id and record_id = @record and open and @tenant::uuid is not null`, args)
		} else {
			h.exec(t, `insert into assignment (tenant_id, resource_id, record_id, since, by_kind) values (@tenant, @id, @record, @now, 'console')`, args)
		}
		h.now.assigned[who][record] = !h.now.assigned[who][record]
	}
}

func (h *history) giveOrEnd(t *testing.T, r *rapid.T, who int) {
	var keys []string
	for _, role := range h.Kind.Roles {
		if !role.Exclusive && role.MinHolders == 0 {
			keys = append(keys, role.Key)
		}
	}
	key := rapid.SampledFrom(keys).Draw(r, "role")
	args := pgx.StrictNamedArgs{"id": h.people[who].Resource, "role": h.Role(t, key)}
	if h.now.held[who][key] {
		h.exec(t, `update role_grant set until = @now, open = false, ended_kind = 'console' where resource_id = @id and role_id = @role and open and @tenant::uuid is not null`, args)
		delete(h.now.held[who], key)
		return
	}
	args["grant"] = access.NewID()
	h.exec(t, `insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, by_kind) values (@tenant, @grant, @id, @role, false, @now, 'console')`, args)
	h.now.held[who][key] = true
}

// said is one direction of a cell, admitted, or nil.
func said(r *rapid.T, set grid.Scopes) *grid.Scope {
	s := rapid.SampledFrom(append(set.List(), -1)).Draw(r, "scope")
	if s < 0 {
		return nil
	}
	return &s
}

func (h *history) setOrClear(t *testing.T, r *rapid.T, who int) {
	row := rapid.SampledFrom(h.rows).Draw(r, "area")
	args := pgx.StrictNamedArgs{"id": h.people[who].Resource, "area": string(row.Area)}
	if _, ok := h.now.hands[who][row.Area]; ok {
		h.exec(t, `update override set until = @now, open = false, ended_kind = 'console' where resource_id = @id and area = @area and open and @tenant::uuid is not null`, args)
		delete(h.now.hands[who], row.Area)
	}
	o := grid.Override{View: said(r, row.View), Edit: said(r, row.Edit)}
	if h.rows.CheckOverride(row.Area, o) != nil || o == (grid.Override{}) {
		return
	}
	args["view"], args["edit"] = o.View, o.Edit
	h.exec(t, `insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select @tenant, @id, @area, @view, @edit, view_ok, edit_ok, @now, 'console' from area where area = @area`, args)
	h.now.hands[who][row.Area] = o
}

func (h *history) regrid(t *testing.T, r *rapid.T) {
	key := rapid.SampledFrom(h.Kind.Roles).Draw(r, "role").Key
	row := rapid.SampledFrom(h.rows).Draw(r, "area")
	cell := grid.Cell{View: rapid.SampledFrom(row.View.List()).Draw(r, "view"), Edit: rapid.SampledFrom(row.Edit.List()).Draw(r, "edit")}
	if !cell.Sound() {
		return
	}
	args := pgx.StrictNamedArgs{"role": h.Role(t, key), "area": string(row.Area)}
	h.exec(t, `update role_cell set until = @now, open = false, ended_kind = 'console' where role_id = @role and area = @area and open and @tenant::uuid is not null`, args)
	args["view"], args["edit"] = cell.View, cell.Edit
	h.exec(t, `insert into role_cell (tenant_id, role_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select @tenant, @role, @area, @view, @edit, view_ok, edit_ok, @now, 'console' from area where area = @area`, args)
	h.now.roles[key][row.Area] = cell
}

// seer is someone who may ask, whatever happened to the place: a person of it
// whose rights no act of the test touches.
func (h *history) seer(t *testing.T) access.Actor {
	t.Helper()
	who := h.Person(t)
	h.exec(t, `insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select @tenant, @id, area, 3, null, view_ok, edit_ok, @now, 'console' from area where area in ('roles', 'people', 'records')`, pgx.StrictNamedArgs{"id": who.Resource})
	return who.Actor()
}

// Whatever happened to a place, who can is who would be found by looking at
// everyone; what was so on a day is what was so then; and what is so now is what
// the door lets people do.
func TestAnswersAreTrueOfNowAndOfAnyPastDay(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := newHistory(t, r)
		h.Clock.Advance(time.Hour)
		seer := h.seer(t)
		for range 6 {
			h.askWho(t, r, seer)
		}
		for i := range h.people {
			h.askWhat(t, r, seer, i)
		}
	})
}

// askWho compares the answer to a random question with the test's own.
func (h *history) askWho(t *testing.T, r *rapid.T, seer access.Actor) {
	then := rapid.SampledFrom(h.past).Draw(r, "then")
	q := audit.Question{Area: rapid.SampledFrom(h.rows).Draw(r, "area").Area,
		Direction: rapid.SampledFrom(grid.Directions[:]).Draw(r, "direction"),
		Least:     grid.Scope(rapid.IntRange(0, 3).Draw(r, "least")), On: then.at}
	if rapid.Bool().Draw(r, "now") {
		then, q.On = h.now, time.Time{}
	}
	record := rapid.IntRange(-1, len(h.records)-1).Draw(r, "record")
	if record >= 0 {
		q.Record = h.records[record]
	}
	admits, _ := h.rows.Find(q.Area)
	if q.Area != access.Records && !admits.View.Has(grid.Assigned) && !admits.Edit.Has(grid.Assigned) {
		record = -1 // it makes no difference there
	}
	want := map[uuid.UUID]grid.Scope{}
	for i, p := range h.people {
		reach := then.grid(h.rows, i)[q.Area].At(q.Direction)
		if reach >= max(q.Least, grid.Own) && (record < 0 || reach.Reaches(then.assigned[i][record])) {
			want[p.Resource] = reach
		}
	}
	page, err := h.WhoCan(t.Context(), seer, q)
	if q.Least > grid.None && !admits.Of(q.Direction).Has(q.Least) {
		if faults, ok := fault.As(err); !ok || faults[0].Key != audit.NotAdmitted {
			r.Fatalf("%+v was answered: %v", q, err)
		}
		return
	}
	if err != nil {
		r.Fatal(err)
	}
	got := map[uuid.UUID]grid.Scope{}
	for _, able := range page.People {
		if slices.ContainsFunc(h.people, func(p place.Person) bool { return p.Resource == able.ID }) {
			got[able.ID] = able.Reach
		} else {
			page.Total-- // the seer
		}
	}
	if !maps.Equal(got, want) || page.Total != len(want) {
		r.Fatalf("%+v: %v of %d, want %v", q, got, page.Total, want)
	}
}

// askWhat compares what someone could do on a random day, and what they can do
// now, with the test's own answer and with the door's.
func (h *history) askWhat(t *testing.T, r *rapid.T, seer access.Actor, who int) {
	resource := h.people[who].Resource
	then := rapid.SampledFrom(h.past).Draw(r, "then")
	changes, err := h.Changes(t.Context(), seer, resource, then.at, time.Time{})
	if err != nil {
		r.Fatal(err)
	}
	if was, want := changes.Before.Effective(), then.grid(h.rows, who); !was.Equal(want) {
		r.Fatalf("on %s: %v, want %v", then.at, was, want)
	}
	if len(changes.Changes) > 0 && len(changes.Events) == 0 {
		r.Fatalf("%v changed, and nothing happened", changes.Changes)
	}
	is, err := h.AsOf(t.Context(), seer, resource, time.Time{})
	if err != nil {
		r.Fatal(err)
	}
	door := h.door(t, resource)
	if !is.Effective().Equal(door) {
		r.Fatalf("now: %v, and the door says %v", is.Effective(), door)
	}
	for area, reasons := range is.Reasons() {
		for d, reason := range reasons {
			if reason.Scope != door[area].At(grid.Direction(d)) {
				r.Fatalf("%s is explained as %v, and is %v", area, reason.Scope, door[area])
			}
		}
	}
}

// door is what the door lets someone do now.
func (h *history) door(t *testing.T, resource uuid.UUID) (g grid.Grid) {
	t.Helper()
	h.Write(t, func(ctx context.Context, v *access.Visit) error {
		s, err := v.StandingOf(ctx, resource)
		if err == nil && s.Resource != nil {
			g = s.Grid
		}
		return err
	})
	return g
}
