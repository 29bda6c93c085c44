package roles_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
)

// Random people do random things to each other. Whatever they do, nobody ends up
// with a role that the kind's file does not let someone give them, and what was
// shown before is what then is.
func TestNoSequenceOfActsGivesWhatNoRuleAllows(t *testing.T) {
	for _, kind := range []string{"planner", "childcare"} {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				w := newWorld(t, r, kind)
				for range rapid.IntRange(1, 8).Draw(r, "acts") {
					w.act(r)
				}
			})
		})
	}
}

// world is a place with some people, and what has been seen of it.
type world struct {
	office
	t        *testing.T
	people   []place.Person
	operator access.Actor
	wishes   []wish
	journal  int
}

type wish struct {
	id   uuid.UUID
	who  int
	role string
	done bool
}

func newWorld(t *testing.T, r *rapid.T, kind string) *world {
	w := &world{office: open(t, kind), t: t}
	w.people = []place.Person{w.Pilot}
	w.operator = w.Operator(t).Helping(w.ID)
	for range 3 {
		w.people = append(w.people, w.Person(t, w.start(r)...))
	}
	w.journal = len(w.Acts(t))
	return w
}

// start is some roles that may stand together.
func (w *world) start(r *rapid.T) []string {
	var keys []string
	for _, role := range w.Kind.Roles {
		if !role.Exclusive && rapid.IntRange(0, 2).Draw(r, "starts with "+role.Key) == 0 {
			keys = append(keys, role.Key)
		}
	}
	return keys
}

// held is who holds which roles, read past everything.
func (w *world) held() []map[string]uuid.UUID {
	w.t.Helper()
	held := make([]map[string]uuid.UUID, len(w.people))
	at := map[uuid.UUID]int{}
	for i, p := range w.people {
		held[i], at[p.Resource] = map[string]uuid.UUID{}, i
	}
	rows, err := pgtest.Super(w.t).Query(w.t.Context(), `
select g.resource_id, r.preset, g.id from role_grant g join role r on r.tenant_id = g.tenant_id and r.id = g.role_id
 where g.tenant_id = $1 and g.since <= $2 and g.until > $2`, w.ID, w.Clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	var who, id uuid.UUID
	var key string
	if _, err := pgx.ForEachRow(rows, []any{&who, &key, &id}, func() error { held[at[who]][key] = id; return nil }); err != nil {
		w.t.Fatal(err)
	}
	return held
}

func (w *world) act(r *rapid.T) {
	w.Clock.Advance(time.Second)
	act, before := rapid.IntRange(0, 9).Draw(r, "act"), w.held()
	switch act {
	case 0:
		w.Clock.Advance(time.Duration(rapid.IntRange(1, 100).Draw(r, "days")) * 24 * time.Hour)
	case 1:
		w.ask(r, before)
	case 2:
		w.answer(r, before)
	default:
		w.change(r, before)
	}
	w.sound(r)
}

// sound checks what is always true.
func (w *world) sound(r *rapid.T) {
	held := w.held()
	for _, role := range w.Kind.Roles {
		n := 0
		for _, h := range held {
			if _, ok := h[role.Key]; !ok {
				continue
			}
			n++
			if role.Exclusive && len(h) > 1 {
				r.Fatalf("%s is not alone: %v", role.Key, h)
			}
		}
		if role.Key == w.answering() && n == 0 {
			r.Fatalf("nobody answers for the place")
		}
	}
}

func (w *world) answering() string {
	for _, role := range w.Kind.Roles {
		if role.MinHolders > 0 && role.Grid[access.Settings].Edit == grid.All {
			return role.Key
		}
	}
	return ""
}

// change has someone change someone's roles, and compares what happens with what
// was shown and with the rules said anew.
func (w *world) change(r *rapid.T, before []map[string]uuid.UUID) {
	by, to := w.someone(r, "by"), w.someone(r, "to")
	hat := rapid.SampledFrom(append(slices.Sorted(maps.Keys(before[by])), "")).Draw(r, "hat")
	give := rapid.SampledFrom(append(w.keys(), "")).Draw(r, "give")
	end := rapid.SampledFrom(append(slices.Sorted(maps.Keys(before[to])), "")).Draw(r, "end")
	actor := w.people[by].Actor()
	if hat != "" {
		actor = w.people[by].Wearing(w.Role(w.t, hat))
	}
	change := roles.Change{End: before[to][end]}
	if give != "" {
		change.Give = w.Role(w.t, give)
	}
	shown, shownErr := w.Preview(w.t.Context(), actor, w.people[to].Resource, change)
	sent := roles.Sent{Submission: access.NewID()}
	if shownErr == nil {
		sent.Version, sent.Ends = shown.Person.Version, grantIDs(shown.Ends)
	} else if fault.Is(shownErr, fault.KindForbidden) {
		w.journal++ // a page refused is noted too
	}
	_, err := w.Apply(w.t.Context(), actor, w.people[to].Resource, change, sent)
	w.noted(r, err)
	if should := w.should(before, by, hat, to, give, end); should != (err == nil) {
		r.Fatalf("%v acting as %q gives %q and ends %q of %v: %v", before[by], hat, give, end, before[to], err)
	}
	if promised := shownErr == nil && shown.Refused == nil; promised != (err == nil) {
		r.Fatalf("shown %v %v, done %v", shown.Refused, shownErr, err)
	}
	after := w.held()
	w.onlyThat(r, before, after, to, give, end, err == nil)
	if err == nil {
		for _, row := range shown.Rows {
			if got := w.grid(after[to], "")[row.Key]; got != row.After {
				r.Fatalf("%s was shown as %v and is %v", row.Key, row.After, got)
			}
		}
	}
}

func (w *world) someone(r *rapid.T, as string) int {
	return rapid.IntRange(0, len(w.people)-1).Draw(r, as)
}

func (w *world) keys() []string {
	var keys []string
	for _, role := range w.Kind.Roles {
		keys = append(keys, role.Key)
	}
	return keys
}

// grid is what roles give together, or one of them.
func (w *world) grid(held map[string]uuid.UUID, hat string) grid.Grid {
	var grids []grid.Grid
	for key := range held {
		if hat == "" || key == hat {
			grids = append(grids, w.Kind.Grid(key))
		}
	}
	return grid.Join(grids...)
}

// should is the rules of roles, said anew from the kind's file.
func (w *world) should(before []map[string]uuid.UUID, by int, hat string, to int, give, end string) bool {
	mine, theirs := w.grid(before[by], hat), before[to]
	master := mine[access.Settings].Edit == grid.All
	after := maps.Clone(theirs)
	delete(after, end)
	role, _ := w.Kind.Role(give)
	if give != "" {
		if role.Exclusive {
			clear(after)
		}
		after[give] = uuid.Nil
	}
	_, twice := theirs[give]
	switch {
	case mine[access.Roles].Edit != grid.All, give == "" && end == "", twice:
		return false
	case by != to && !master && !w.beneath(mine, w.grid(theirs, "")):
		return false
	case give != "" && !slices.ContainsFunc(role.GrantedBy, func(key string) bool {
		_, holds := before[by][key]
		return holds && (hat == "" || key == hat)
	}):
		return false
	case give != "" && !master && !mine.Covers(role.Grid):
		return false
	case by == to && !w.grid(theirs, "").Covers(w.grid(after, "")):
		return false
	case len(after) > 1 && w.anyExclusive(after):
		return false
	}
	for key := range theirs {
		if _, keeps := after[key]; !keeps && w.isLast(before, key) {
			return false
		}
	}
	return true
}

func (w *world) beneath(mine, theirs grid.Grid) bool {
	for _, area := range w.Kind.AreasOf(kinds.Admin) {
		if !mine[area.Key].Covers(theirs[area.Key]) {
			return false
		}
	}
	return true
}

func (w *world) anyExclusive(held map[string]uuid.UUID) bool {
	for key := range held {
		if role, _ := w.Kind.Role(key); role.Exclusive {
			return true
		}
	}
	return false
}

// isLast reports whether a role that must be held has one holder.
func (w *world) isLast(held []map[string]uuid.UUID, key string) bool {
	n := 0
	for _, h := range held {
		if _, ok := h[key]; ok {
			n++
		}
	}
	role, _ := w.Kind.Role(key)
	return role.MinHolders > 0 && n == 1
}

// onlyThat checks that what was not asked for stayed.
func (w *world) onlyThat(r *rapid.T, before, after []map[string]uuid.UUID, to int, give, end string, done bool) {
	for i := range before {
		switch {
		case i != to || !done:
			if !maps.Equal(before[i], after[i]) {
				r.Fatalf("%v became %v", before[i], after[i])
			}
		case give != "" && after[i][give] == uuid.Nil, end != "" && after[i][end] != uuid.Nil:
			r.Fatalf("gave %q, ended %q: %v became %v", give, end, before[i], after[i])
		}
	}
}

// noted checks that the journal has a line for what was done or forbidden.
func (w *world) noted(r *rapid.T, err error) {
	if err == nil || fault.Is(err, fault.KindForbidden) {
		w.journal++
	}
	if acts := w.Acts(w.t); len(acts) != w.journal {
		r.Fatalf("after %v, %d lines in the journal, want %d: %v", err, len(acts), w.journal, acts)
	}
}

func (w *world) ask(r *rapid.T, before []map[string]uuid.UUID) {
	by, to := w.someone(r, "by"), w.someone(r, "to")
	key := rapid.SampledFrom(w.keys()).Draw(r, "role")
	id, err := w.wish(w.t, w.people[by].Actor(), w.people[to], key)
	w.noted(r, err)
	role, _ := w.Kind.Role(key)
	_, holds := before[to][key]
	asked := slices.ContainsFunc(w.wishes, func(x wish) bool { return x.who == to && x.role == key && !x.done })
	may := w.grid(before[by], "")[access.Roles].Edit == grid.All
	if should := may && role.SupportAlone() && !holds && !asked; should != (err == nil) {
		r.Fatalf("%v asks for %q for %v: %v", before[by], key, before[to], err)
	}
	if err == nil {
		w.wishes = append(w.wishes, wish{id, to, key, false})
	}
	w.onlyThat(r, before, w.held(), to, "", "", false)
}

func (w *world) answer(r *rapid.T, before []map[string]uuid.UUID) {
	if len(w.wishes) == 0 {
		return
	}
	x := &w.wishes[rapid.IntRange(0, len(w.wishes)-1).Draw(r, "wish")]
	actor, grant := w.operator, rapid.Bool().Draw(r, "grant")
	if rapid.IntRange(0, 3).Draw(r, "sham") == 0 {
		actor = w.people[w.someone(r, "sham operator")].Signed().Helping(w.ID)
	}
	err := w.Answer(w.t.Context(), actor, x.id, roles.Verdict{Grant: grant, Reason: "Vu"})
	w.noted(r, err)
	if should := actor == w.operator && !x.done; should != (err == nil) {
		r.Fatalf("answer to %+v: %v", x, err)
	}
	give := ""
	if err == nil {
		x.done = true
		if grant {
			give = x.role
		}
	}
	w.onlyThat(r, before, w.held(), x.who, give, "", give != "")
}
