package roles_test

import (
	"maps"
	"slices"
	"strings"
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
// with a role or a cell that the kind's file does not let someone give them,
// someone may edit the settings, and what was shown before is what then is.
func TestNoSequenceOfActsGivesWhatNoRuleAllows(t *testing.T) {
	operator := open(t, "planner").Operator(t) // of all worlds: each one is written to when something is wished
	for _, some := range [][]string{{"planner", "directory"}, {"clinic", "alerting"}, {"childcare"}} {
		t.Run(strings.Join(some, " "), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				w := newWorld(t, r, rapid.SampledFrom(some).Draw(r, "kind"), operator)
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
	byHand   []map[grid.Area]grid.Override // as it was read last
	ending   map[uuid.UUID]bool            // grants that have a planned end
	rows     grid.Catalogue
}

type wish struct {
	id   uuid.UUID
	who  int
	role string
	done bool
}

func newWorld(t *testing.T, r *rapid.T, kind string, operator access.Signed) *world {
	w := &world{office: open(t, kind), t: t}
	w.people = []place.Person{w.Pilot}
	w.operator = operator.Helping(w.ID)
	for range 3 {
		w.people = append(w.people, w.Person(t, w.start(r)...))
	}
	for _, a := range w.Kind.Areas {
		w.rows = append(w.rows, grid.Row{Area: a.Key, Admits: a.Admits})
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

// held is who holds which roles, read past everything; the cells set by hand are
// read with it.
func (w *world) held() []map[string]uuid.UUID {
	w.t.Helper()
	held := make([]map[string]uuid.UUID, len(w.people))
	at := map[uuid.UUID]int{}
	for i, p := range w.people {
		held[i], at[p.Resource] = map[string]uuid.UUID{}, i
	}
	w.readHands(at)
	w.ending = map[uuid.UUID]bool{}
	rows, err := pgtest.Super(w.t).Query(w.t.Context(), `
select g.resource_id, r.preset, g.id, g.until < 'infinity' from role_grant g join role r on r.tenant_id = g.tenant_id and r.id = g.role_id
 where g.tenant_id = $1 and g.since <= $2 and g.until > $2`, w.ID, w.Clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	var who, id uuid.UUID
	var key string
	var ends bool
	_, err = pgx.ForEachRow(rows, []any{&who, &key, &id, &ends}, func() error {
		held[at[who]][key], w.ending[id] = id, ends
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return held
}

func (w *world) readHands(at map[uuid.UUID]int) {
	w.byHand = make([]map[grid.Area]grid.Override, len(w.people))
	for i := range w.byHand {
		w.byHand[i] = map[grid.Area]grid.Override{}
	}
	rows, err := pgtest.Super(w.t).Query(w.t.Context(), `
select resource_id, area, view, edit from override where tenant_id = $1 and since <= $2 and until > $2`, w.ID, w.Clock.Now())
	if err != nil {
		w.t.Fatal(err)
	}
	var who uuid.UUID
	var area string
	var view, edit *int16
	_, err = pgx.ForEachRow(rows, []any{&who, &area, &view, &edit}, func() error {
		w.byHand[at[who]][grid.Area(area)] = roles.HandsOf([]string{area}, []*int16{view}, []*int16{edit})[grid.Area(area)]
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) act(r *rapid.T) {
	w.Clock.Advance(time.Second)
	act, before := rapid.IntRange(0, 11).Draw(r, "act"), w.held()
	switch act {
	case 0:
		w.Clock.Advance(time.Duration(rapid.IntRange(1, 100).Draw(r, "days")) * 24 * time.Hour)
	case 1:
		w.ask(r, before)
	case 2:
		w.answer(r, before)
	case 3, 4, 5:
		w.handwork(r, before)
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
	if w.tenure(held, w.byHand) == 0 {
		r.Fatalf("nobody may edit the settings")
	}
	for i, h := range held {
		if w.reserved(w.rows.Effective(nil, w.byHand[i])) {
			r.Fatalf("what support alone gives was given by hand: %v", w.byHand[i])
		}
		for area, cell := range w.grid(i, h, "") {
			if admits, _ := w.rows.Find(area); !cell.Sound() || !admits.View.Has(cell.View) || !admits.Edit.Has(cell.Edit) {
				r.Fatalf("%s is %v", area, cell)
			}
		}
	}
}

// tenure is whether someone may edit the settings: 2 for good, 1 as long as roles
// last that have a planned end. A role that would be given has no grant yet.
func (w *world) tenure(held []map[string]uuid.UUID, hands []map[grid.Area]grid.Override) int {
	most := 0
	for i := range held {
		kept := w.lasting(held[i])
		maps.DeleteFunc(kept, func(key string, id uuid.UUID) bool {
			role, _ := w.Kind.Role(key)
			return id == uuid.Nil && role.ExpiresAfter > 0
		})
		for n, roles := range []map[string]uuid.UUID{held[i], kept} {
			if w.with(roles, hands[i])[access.Settings].Edit == grid.All {
				most = max(most, n+1)
			}
		}
	}
	return most
}

// reserved reports whether a grid reaches further than all roles that people
// give, where a role of support reaches further than they do.
func (w *world) reserved(gives grid.Grid) bool {
	for area, cell := range gives {
		for _, d := range grid.Directions {
			people, support := grid.None, grid.None
			for _, role := range w.Kind.Roles {
				if role.SupportAlone() {
					support = max(support, role.Grid[area].At(d))
				} else {
					people = max(people, role.Grid[area].At(d))
				}
			}
			if cell.At(d) > people && support > people {
				return true
			}
		}
	}
	return false
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
	change := roles.Change{}
	if end != "" {
		change.End = []uuid.UUID{before[to][end]}
	}
	if give != "" {
		change.Give = []uuid.UUID{w.Role(w.t, give)}
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
			if got := w.grid(to, after[to], "")[row.Key]; got != row.After {
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

// grid is what someone may do with all roles held, or in one of them.
func (w *world) grid(who int, held map[string]uuid.UUID, hat string) grid.Grid {
	if hat != "" {
		held = map[string]uuid.UUID{hat: held[hat]}
	}
	return w.with(held, w.byHand[who])
}

// with is what roles and hands come to.
func (w *world) with(held map[string]uuid.UUID, hands map[grid.Area]grid.Override) grid.Grid {
	var grids []grid.Grid
	for key := range held {
		grids = append(grids, w.Kind.Grid(key))
	}
	return w.rows.Effective(grids, hands)
}

// lasting is the roles held for good.
func (w *world) lasting(held map[string]uuid.UUID) map[string]uuid.UUID {
	kept := maps.Clone(held)
	maps.DeleteFunc(kept, func(_ string, id uuid.UUID) bool { return w.ending[id] })
	return kept
}

// should is the rules of roles, said anew from the kind's file.
func (w *world) should(before []map[string]uuid.UUID, by int, hat string, to int, give, end string) bool {
	mine, theirs := w.grid(by, before[by], hat), before[to]
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
	case by != to && !master && !w.beneath(mine, w.grid(to, theirs, "")):
		return false
	case give != "" && !slices.ContainsFunc(role.GrantedBy, func(key string) bool {
		_, holds := before[by][key]
		return holds && (hat == "" || key == hat)
	}):
		return false
	case give != "" && !master && !mine.Covers(role.Grid):
		return false
	case by == to && !w.grid(to, theirs, "").Covers(w.grid(to, after, "")):
		return false
	case by == to && give != "" && w.outlasts(to, theirs, give, end):
		return false
	case len(after) > 1 && w.anyExclusive(after):
		return false
	}
	for key := range theirs {
		if _, keeps := after[key]; !keeps && w.isLast(before, key) {
			return false
		}
	}
	then := slices.Clone(before)
	then[to] = after
	return w.tenure(then, w.byHand) >= w.tenure(before, w.byHand)
}

// outlasts reports whether a role given would widen what is left once the roles
// that end by themselves are over, unless it ends before them.
func (w *world) outlasts(to int, theirs map[string]uuid.UUID, give, end string) bool {
	role, _ := w.Kind.Role(give)
	if role.ExpiresAfter > 0 {
		return false // drawn so that it ends before the others, or is one of them
	}
	kept := w.lasting(theirs)
	then := maps.Clone(kept)
	delete(then, end)
	then[give] = uuid.Nil
	return !w.grid(to, kept, "").Covers(w.grid(to, then, ""))
}

// handwork has someone set cells of some people by hand.
func (w *world) handwork(r *rapid.T, before []map[string]uuid.UUID) {
	by, whom := w.someone(r, "by"), []int{w.someone(r, "of")}
	if rapid.IntRange(0, 2).Draw(r, "of themselves") == 0 {
		whom[0] = by
	}
	if also := w.someone(r, "and of"); also != whom[0] {
		whom = append(whom, also)
	}
	hat := rapid.SampledFrom(append(slices.Sorted(maps.Keys(before[by])), "")).Draw(r, "hat")
	actor := w.people[by].Actor()
	if hat != "" {
		actor = w.people[by].Wearing(w.Role(w.t, hat))
	}
	hands, people := w.hands(r), []place.Person{}
	for _, i := range whom {
		people = append(people, w.people[i])
	}
	ids, sent := w.ids(w.t, people...)
	shown, shownErr := w.PreviewHands(w.t.Context(), actor, ids, hands)
	if fault.Is(shownErr, fault.KindForbidden) {
		w.journal++ // a page refused is noted too
	}
	should := w.shouldSet(before, by, hat, whom, hands)
	was := w.byHand
	err := w.SetHands(w.t.Context(), actor, ids, hands, sent)
	after := w.held()
	changed := 0
	for i := range was {
		if !sameHands(was[i], w.byHand[i]) {
			changed++
		}
	}
	switch {
	case should != (err == nil):
		r.Fatalf("%v acting as %q, with %v, sets %v of %v with %v: %v", before[by], hat, said(was[by]), said(hands), whom, said(was[whom[0]]), err)
	case err != nil && changed > 0, !slices.EqualFunc(before, after, maps.Equal):
		r.Fatalf("%v, and yet %d people are changed", err, changed)
	case err != nil:
		w.noted(r, err)
		return
	}
	w.journal += changed
	w.counted(r, err)
	for i, who := range whom {
		for _, row := range shown.People[i].Rows {
			if got := w.grid(who, after[who], "")[row.Key]; got != row.After || shown.People[i].Refused != nil {
				r.Fatalf("%s was shown as %v and is %v", row.Key, row.After, got)
			}
		}
	}
}

// hands are some cells, of which some say nothing, or what can't be.
func (w *world) hands(r *rapid.T) roles.Hands {
	hands := roles.Hands{}
	for range rapid.IntRange(1, 3).Draw(r, "cells") {
		often := []grid.Row{{Area: access.Settings}, {Area: access.Settings}, {Area: access.Settings}, {Area: access.Settings}, {Area: access.Roles}}
		row := rapid.SampledFrom(append(often, w.rows...)).Draw(r, "area")
		row.Admits, _ = w.rows.Find(row.Area)
		var o grid.Override
		if n := rapid.IntRange(-1, 40).Draw(r, "view"); n >= 0 {
			scopes := row.View.List()
			if n == 40 {
				scopes = []grid.Scope{grid.None, grid.Own, grid.Assigned, grid.All}
			}
			view := scopes[n%len(scopes)]
			o.View = &view
		}
		if n := rapid.IntRange(-2, 40).Draw(r, "edit"); n >= 0 {
			edit := row.Edit.List()[n%len(row.Edit.List())]
			o.Edit = &edit
		}
		hands[row.Area] = o
	}
	return hands
}

// said is what hands say, to be read.
func said(hands map[grid.Area]grid.Override) map[grid.Area]string {
	words := map[grid.Area]string{}
	for area, o := range hands {
		for _, s := range []*grid.Scope{o.View, o.Edit} {
			if s == nil {
				words[area] += "- "
			} else {
				words[area] += s.String() + " "
			}
		}
	}
	return words
}

func sameHands(a, b map[grid.Area]grid.Override) bool { return maps.Equal(said(a), said(b)) }

// shouldSet is the rules of what is set by hand, said anew.
func (w *world) shouldSet(before []map[string]uuid.UUID, by int, hat string, whom []int, hands roles.Hands) bool {
	if w.grid(by, before[by], hat)[access.Settings] != (grid.Cell{View: grid.All, Edit: grid.All}) {
		return false
	}
	for area, o := range hands {
		if w.rows.CheckOverride(area, o) != nil {
			return false
		}
	}
	then := slices.Clone(w.byHand)
	for _, i := range whom {
		now, fresh := maps.Clone(w.byHand[i]), map[grid.Area]grid.Override{}
		for area, o := range hands {
			delete(now, area)
			if o != (grid.Override{}) {
				now[area] = o
			}
			if !sameHands(map[grid.Area]grid.Override{area: o}, map[grid.Area]grid.Override{area: w.byHand[i][area]}) {
				fresh[area] = o
			}
		}
		then[i] = now
		if w.reserved(w.rows.Effective(nil, fresh)) {
			return false
		}
		for _, held := range []map[string]uuid.UUID{before[i], w.lasting(before[i])} {
			if i == by && !w.with(held, w.byHand[i]).Covers(w.with(held, now)) {
				return false
			}
		}
	}
	return w.tenure(before, then) >= w.tenure(before, w.byHand)
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
	w.counted(r, err)
}

func (w *world) counted(r *rapid.T, err error) {
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
	may := w.grid(by, before[by], "")[access.Roles].Edit == grid.All
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
