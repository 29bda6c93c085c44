package roles_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
)

// Many forms at once, filled before any of them was sent.
func atOnce(n int, send func(i int)) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-start
			send(i)
		})
	}
	close(start)
	all.Wait()
}

func TestOneOfTwoPilotsSurvivesMutualDemotions(t *testing.T) {
	for range 5 {
		o := open(t, "planner")
		pilots := [2]place.Person{o.Pilot, o.Person(t, "pilot")}
		var change [2]roles.Change
		for i := range pilots {
			change[i] = o.change(t, pilots[i], "", "pilot")
		}
		var mu sync.Mutex
		done := 0
		atOnce(50, func(i int) {
			by, of := pilots[i%2], (i+1)%2
			_, err := o.Apply(t.Context(), by.Actor(), pilots[of].Resource, change[of], roles.Sent{Version: 1, Submission: access.NewID()})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				done++
			}
		})
		left := 0
		page, err := o.Catalogue(t.Context(), o.Pilot.Actor())
		if err != nil { // the other one is left
			page, err = o.Catalogue(t.Context(), pilots[1].Actor())
		}
		if err != nil {
			t.Fatal("no pilot is left")
		}
		for _, r := range page.Roles {
			if r.ID == o.Role(t, "pilot") {
				left = r.Holders
			}
		}
		if done != 1 || left != 1 {
			t.Errorf("%d demotions were done, %d pilots are left", done, left)
		}
	}
}

// Of many who take from each other, at two servers at once, the roles that somebody must
// hold, so many stay as must, however many try. The tries that a server is too busy for
// are none.
func TestD3OfAThousandMutualDemotionsThoseStayWhoMust(t *testing.T) {
	const many, tries, callers = 6, 1000, 100
	for kind, taken := range map[string]struct {
		by string
		of []string
	}{
		"planner":   {"pilot", []string{"pilot"}},
		"directory": {"director", []string{"director", "ror_referent"}},
	} {
		t.Run(kind, func(t *testing.T) {
			o := open(t, kind)
			servers := [2]office{o, over(t, o.Again(t))}
			var by []place.Person
			type grant struct {
				of place.Person
				id uuid.UUID
			}
			var grants []grant
			for _, role := range taken.of {
				for range many {
					who := o.Person(t, role)
					grants = append(grants, grant{who, o.held(t, who)[role].ID})
					if role == taken.by {
						by = append(by, who)
					}
				}
			}
			take := func(i int) error {
				g := grants[i/len(by)%len(grants)]
				for {
					version := read[int](t, `select version from resource where id = $1`, g.of.Resource)[0]
					_, err := servers[i%2].Apply(t.Context(), by[i%len(by)].Actor(), g.of.Resource, roles.Ending(g.id), roles.Sent{Version: version, Submission: access.NewID()})
					if !fault.Is(err, fault.KindBusy) {
						return err
					}
				}
			}
			var next, done atomic.Int64
			atOnce(callers, func(int) {
				for i := int(next.Add(1)) - 1; i < tries; i = int(next.Add(1)) - 1 {
					if take(i) == nil {
						done.Add(1)
					}
				}
			})
			left := int64(0)
			for _, role := range taken.of {
				of, _ := o.Kind.Role(role)
				least := of.MinHolders
				holders := read[int](t, `select count(distinct resource_id)::int from role_grant where role_id = $1 and open`, o.Role(t, role))[0]
				if holders < least || least < 1 {
					t.Errorf("%d hold the role %s, which %d must", holders, role, least)
				}
				left += int64(holders)
			}
			if all := int64(len(grants)) + 1; done.Load() < 1 || all-done.Load() != left { // with the pilot's own
				t.Errorf("of %d grants %d were ended, and %d are left", all, done.Load(), left)
			}
		})
	}
}

func TestAnExclusiveRoleIsAloneWhateverComesAtOnce(t *testing.T) {
	o := open(t, "childcare")
	tech := o.Person(t)
	keys := []string{"technician", "educator", "employee", "accounting"}
	atOnce(40, func(i int) {
		// Each form is as fresh as can be: what it confirms may be stale when it comes.
		page, err := o.Choices(t.Context(), o.Pilot.Actor(), tech.Resource, roles.Giving(o.Role(t, keys[i%len(keys)])))
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = o.Apply(t.Context(), o.Pilot.Actor(), tech.Resource, page.Preview.Change,
			roles.Sent{Version: page.Person.Version, Submission: access.NewID(), Ends: grantIDs(page.Preview.Ends)})
	})
	held := o.held(t, tech)
	if _, exclusive := held["technician"]; len(held) == 0 || exclusive && len(held) > 1 {
		t.Errorf("holds %v", held)
	}
}

func TestOneOfTwoWhoEditTheSettingsSurvivesWhateverTheyDoToEachOther(t *testing.T) {
	for range 5 {
		o := open(t, "clinic")
		pair := [2]place.Person{o.Pilot, o.Person(t, "administrator")}
		none := roles.Hands{"settings": hand(grid.None, grid.None)}
		var done atomic.Int64
		atOnce(50, func(i int) {
			by, of := pair[i%2], pair[(i+1)%2]
			sent := roles.SentHands{Versions: map[uuid.UUID]int{of.Resource: 1}, Submission: access.NewID()}
			err := o.SetHands(t.Context(), by.Actor(), []uuid.UUID{of.Resource}, none, sent)
			if i%4 > 1 { // and some in the other way: a role ended
				_, err = o.Apply(t.Context(), by.Actor(), of.Resource, roles.Ending(o.grantOf(t, of)), roles.Sent{Version: 1, Submission: access.NewID()})
			}
			if err == nil {
				done.Add(1)
			}
		})
		left := 0
		for _, p := range pair {
			if o.edits(t, p) {
				left++
			}
		}
		if left != 1 {
			t.Errorf("%d acts were done, %d of two may edit the settings", done.Load(), left)
		}
	}
}

// grantOf is the one grant of someone.
func (o office) grantOf(t testing.TB, who place.Person) uuid.UUID {
	return read[uuid.UUID](t, `select id from role_grant where resource_id = $1`, who.Resource)[0]
}

// edits reports whether someone may edit the settings.
func (o office) edits(t testing.TB, who place.Person) (may bool) {
	o.Write(t, func(ctx context.Context, v *access.Visit) error {
		s, err := v.StandingOf(ctx, who.Resource)
		may = err == nil && s.Grid[access.Settings].Edit == grid.All
		return err
	})
	return may
}
