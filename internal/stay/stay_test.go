package stay_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
	"habilis/internal/stay"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func open(t *testing.T, p *place.Place) *stay.Service {
	t.Helper()
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	return stay.New(p.Door, post, p.Clock.Now)
}

// Each operation, for who is of the place without the right, and for a stranger.
func TestWhoHasNotTheRightIsRefused(t *testing.T) {
	p := place.New(t)
	s := open(t, p)
	limited, stranger := p.Person(t, "coordination"), p.Beside(t).Pilot
	wish := stay.Wish{Reason: "a"}
	for who, signed := range map[string]access.Signed{"a manager": limited.Signed(), "the pilot": p.Pilot.Signed(), "a stranger": stranger.Signed()} {
		if err := s.Begin(t.Context(), signed, p.ID, wish); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%s begins a stay: %v", who, err)
		}
		if _, err := s.Standing(t.Context(), signed, p.ID); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%s stands in the place as support: %v", who, err)
		}
		if found, err := s.Find(t.Context(), signed, p.Number); err != nil || len(found) != 0 {
			t.Errorf("%s finds places: %v %v", who, found, err)
		}
	}
	for name, operation := range map[string]func(context.Context, access.Actor) error{
		"List": func(c context.Context, a access.Actor) error { _, err := s.List(c, a); return err },
		"End":  func(c context.Context, a access.Actor) error { return s.End(c, a, access.NewID()) },
	} {
		if err := operation(t.Context(), limited.Actor()); !fault.Is(err, fault.KindForbidden) {
			t.Errorf("%s lets in who may not: %v", name, err)
		}
		if err := operation(t.Context(), stranger.Signed().In(p.ID)); !fault.Is(err, fault.KindNotFound) {
			t.Errorf("%s lets in a stranger: %v", name, err)
		}
	}
	if err := s.End(t.Context(), p.Pilot.Actor(), access.NewID()); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("ending nothing: %v", err)
	}
}

// An operator who has not just shown that they are who signed in, or has no strong
// second factor, begins nothing.
func TestAStayAsksForAProofAndAStrongSecondFactor(t *testing.T) {
	p := place.New(t)
	s, signed := open(t, p), p.Operator(t)
	if err := s.Begin(t.Context(), signed, p.ID, stay.Wish{Reason: "a"}); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("an operator whose account has no second factor: %v", err)
	}
	stale := signed
	stale.Proven = false
	if err := s.Begin(t.Context(), stale, p.ID, stay.Wish{Reason: "a"}); err == nil || fault.Is(err, fault.KindNotFound) {
		t.Errorf("without a proof: %v", err)
	}
	weak := signed
	weak.Factor = access.AnyFactor
	if err := s.Begin(t.Context(), weak, p.ID, stay.Wish{Reason: "a"}); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("with a code by mail: %v", err)
	}
}

// Who is written to are exactly those whose standing lets them change all settings.
func TestWhoAnswersForThePlaceIsWhoMayChangeItsSettings(t *testing.T) {
	p := place.New(t)
	all, view := int16(grid.All), int16(grid.All)
	none := int16(grid.None)
	people := []place.Person{p.Pilot, p.Person(t, "coordination"), p.Person(t, "pilot"), p.Person(t), p.Person(t, "pilot"), p.Person(t, "coordination"), p.Person(t, "pilot")}
	archived := p.Person(t, "pilot")
	for i, cell := range map[int][2]*int16{2: {&view, nil}, 3: {&all, &all}, 4: {&none, &none}, 5: {&view, nil}, 6: {nil, &none}} {
		p.Write(t, func(ctx context.Context, v *access.Visit) error {
			_, err := v.Exec(ctx, `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, @who, area, @view, @edit, view_ok, edit_ok, @now, 'console' from area where area = 'settings'`,
				pgx.StrictNamedArgs{"who": people[i].Resource, "view": cell[0], "edit": cell[1], "now": v.Now})
			return err
		})
	}
	p.Archive(t, archived)
	var told, may []uuid.UUID
	p.Write(t, func(ctx context.Context, v *access.Visit) error {
		editors, err := roles.Editors(ctx, v)
		for _, e := range editors {
			told = append(told, e.ID)
		}
		for _, who := range people {
			s, failed := v.StandingOf(ctx, who.Resource)
			if failed != nil {
				return failed
			}
			if s.Grid[access.Settings].Edit == grid.All {
				may = append(may, who.Resource)
			}
		}
		return err
	})
	slices.SortFunc(may, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	slices.SortFunc(told, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	if !slices.Equal(told, may) || len(may) < 3 {
		t.Errorf("written to: %v, want %v", told, may)
	}
}
