package tenants_test

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func refused(t *testing.T, err error, kind fault.Kind, keys ...string) {
	t.Helper()
	faults, _ := fault.As(err)
	var got []string
	for _, f := range faults {
		got = append(got, f.Key)
	}
	if !fault.Is(err, kind) || !reflect.DeepEqual(got, keys) {
		t.Errorf("got %v, want %v", err, keys)
	}
}

func TestAPlaceStartsWithWhatItsKindSays(t *testing.T) {
	all, err := kinds.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range all {
		t.Run(kind.Key, func(t *testing.T) {
			p := place.Of(t, kind.Key)
			want := map[string]int{"module": len(kind.Modules), "area": len(kind.Areas), "role": len(kind.Roles)}
			for _, r := range kind.Roles {
				want["role_cell"] += len(r.Grid)
				want["role_giver"] += len(r.GrantedBy)
				if r.PairsWith != "" {
					want["role_pair"]++
				}
			}
			for table, n := range want {
				var got int
				if err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from `+table+` where tenant_id = $1`, p.ID).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != n {
					t.Errorf("%d rows in %s, want %d", got, table, n)
				}
			}
			page, err := p.Tenants.Settings(t.Context(), p.Pilot.Actor())
			if err != nil {
				t.Fatal(err)
			}
			if page.Locale != kind.Policies.Locale || page.TimeZone != kind.Policies.TimeZone || page.Standing.Tenant.SecondFactor != kind.Policies.SecondFactor {
				t.Errorf("settings %+v", page.Settings)
			}
			if page.Name = "  Autre   nom "; p.Tenants.SaveSettings(t.Context(), p.Pilot.Actor(), page.Settings) != nil {
				t.Error("what the kind says can't be saved again")
			}
		})
	}
}

func TestANumberIsTakenOnce(t *testing.T) {
	p := place.New(t)
	var made, taken atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, err := p.Tenants.Create(t.Context(), tenants.NewTenant{Number: "once-" + p.Number, Kind: "planner", Name: "Une fois"})
			switch {
			case err == nil:
				made.Add(1)
			case fault.Is(err, fault.KindConflict):
				taken.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 || taken.Load() != 7 {
		t.Errorf("%d made, %d refused", made.Load(), taken.Load())
	}
}

func TestAPlaceThatCannotBeIsNotMade(t *testing.T) {
	p := place.New(t)
	create := func(n tenants.NewTenant) error { _, err := p.Tenants.Create(t.Context(), n); return err }
	refused(t, create(tenants.NewTenant{Number: "1", Kind: "castle", Name: "x"}), fault.KindInvalid, "tenants.unknown_kind")
	refused(t, create(tenants.NewTenant{Number: "n° 1", Kind: "planner", Support: "http://a.example", TimeZone: "Local", Locale: "de"}),
		fault.KindInvalid, "tenants.bad_number", "tenants.name_missing", "tenants.bad_support", "tenants.not_a_choice", "tenants.bad_time_zone")
	refused(t, create(tenants.NewTenant{Number: "1", Kind: "planner", Name: "x", Adjust: func(p *tenants.Policies) {
		p.SecondFactor, p.InvitationDays, p.EmailRequired = "sometimes", 61, false
	}}), fault.KindInvalid, "tenants.not_a_choice", "tenants.out_of_range", "tenants.access_goes_by_mail")
}

func TestAPlaceIsFoundByItsNumber(t *testing.T) {
	p := place.New(t)
	for range 2 {
		if found, err := p.Tenants.ByNumber(t.Context(), p.Number); err != nil || found != (tenants.Place{ID: p.ID, Kind: p.Kind.Key}) {
			t.Errorf("%v, %v", found, err)
		}
	}
	for _, number := range []string{"", "nobody", strings.Repeat("9", 400), "1' or '1'='1"} {
		_, err := p.Tenants.ByNumber(t.Context(), number)
		refused(t, err, fault.KindNotFound, "access.no_place")
	}
}

func TestWordsAreThoseOfTheKindAndTheRegion(t *testing.T) {
	p := place.New(t)
	for range 2 {
		if w := p.Tenants.Words("planner", i18n.FrCA); w.PeopleTitle != "Ressources" {
			t.Errorf("%q", w.PeopleTitle)
		}
	}
	if w := p.Tenants.Words("planner", i18n.EnCA); w.PeopleTitle == "Ressources" || w.PeopleTitle == "" {
		t.Errorf("%q", w.PeopleTitle)
	}
	if w := p.Tenants.Words("castle", i18n.FrCA); w != (kinds.Words{}) {
		t.Errorf("%+v", w)
	}
	if name := p.Tenants.ScopeName("clinic", "calendar", 1, i18n.FrFR); name == "" {
		t.Error("a scope has no name")
	}
}

func TestSettingsAreSavedAndJournalled(t *testing.T) {
	p := place.New(t)
	page, err := p.Tenants.Settings(t.Context(), p.Pilot.Actor())
	if err != nil {
		t.Fatal(err)
	}
	wanted := page.Settings
	wanted.Name, wanted.Support, wanted.Policies.InvitationDays = "CLSC des Érables", "mailto:aide@exemple.test", 7
	if err := p.Tenants.SaveSettings(t.Context(), p.Pilot.Actor(), wanted); err != nil {
		t.Fatal(err)
	}
	refused(t, p.Tenants.SaveSettings(t.Context(), p.Pilot.Actor(), wanted), fault.KindConflict, "tenants.stale")
	page, err = p.Tenants.Settings(t.Context(), p.Pilot.Actor())
	if err != nil {
		t.Fatal(err)
	}
	wanted.Support, wanted.Version = "aide@exemple.test", 2
	if page.Settings != wanted || page.Tenant.Support != wanted.Support {
		t.Errorf("got %+v, want %+v", page.Settings, wanted)
	}
	if err := p.Tenants.SaveSettings(t.Context(), p.Pilot.Actor(), wanted); err != nil {
		t.Error("nothing to change:", err)
	}
	for hours, set := range map[int]func(*tenants.Settings, int){
		73: func(s *tenants.Settings, n int) { s.Policies.TemporaryPasswordHours = n },
		0:  func(s *tenants.Settings, n int) { s.Policies.TemporaryPasswordHours = n },
		74: func(s *tenants.Settings, n int) { s.Policies.ActivationHours = n },
	} {
		long := wanted
		set(&long, hours)
		refused(t, p.Tenants.SaveSettings(t.Context(), p.Pilot.Actor(), long), fault.KindInvalid, "tenants.out_of_range")
	}
	var before, after string
	err = pgtest.Super(t).QueryRow(t.Context(), `select facts->'before'->>'invitation_days', facts->'after'->>'invitation_days'
 from journal where tenant_id = $1 and act = 'settings.save'`, p.ID).Scan(&before, &after)
	if err != nil || before != "14" || after != "7" {
		t.Errorf("the journal says from %s to %s: %v", before, after, err)
	}
}

func TestSupportIsAnHTTPSAddressOrAnEmail(t *testing.T) {
	for typed, want := range map[string]string{
		"": "", " https://aide.example/x?y=1 ": "https://aide.example/x?y=1", "mailto:a@b.example": "a@b.example", "a@b.example": "a@b.example"} {
		if got, err := tenants.ParseSupport(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
	for _, typed := range []string{"http://a.example", "https://", "javascript:alert(1)", "https://u:p@a.example", "A <a@b.example>",
		"a@b.example?bcc=c@d.example", "aide", "mailto:", "https://" + strings.Repeat("a", 300)} {
		if got, err := tenants.ParseSupport(typed); err == nil && got != "" {
			t.Errorf("%q was read as %q", typed, got)
		}
	}
}

func TestAStandingIsReadByThoseOfThePlaceAlone(t *testing.T) {
	p := place.New(t)
	clerk, stranger := p.Person(t), p.Beside(t).Pilot
	if s, err := p.Tenants.Standing(t.Context(), clerk.Actor()); err != nil || s.Resource.ID != clerk.Resource {
		t.Errorf("someone without a role: %v", err)
	}
	if _, err := p.Tenants.Standing(t.Context(), stranger.Signed().In(p.ID)); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

// TestEveryOperationRefusesWhoHasNotTheRight tries each exported operation on a
// place, and fails for one that is not among its cases. Create takes no actor:
// nothing of the server calls it, and its need admits the console alone.
func TestEveryOperationRefusesWhoHasNotTheRight(t *testing.T) {
	p := place.New(t)
	clerk, stranger := p.Person(t, "coordination"), p.Beside(t).Pilot
	operations := map[string]func(access.Actor) error{
		"Settings":     func(a access.Actor) error { _, err := p.Tenants.Settings(t.Context(), a); return err },
		"SaveSettings": func(a access.Actor) error { return p.Tenants.SaveSettings(t.Context(), a, tenants.Settings{}) },
		"Create": func(a access.Actor) error {
			return p.Door.Enter(t.Context(), a, tenants.NeedCreate, func(v *access.Visit) error { v.Unchanged(); return nil })
		},
		"ByNumber": nil, "Words": nil, "ScopeName": nil, "Kinds": nil, // public
		"Standing": nil, // for anyone of the place: see below
	}
	service := reflect.TypeFor[*tenants.Service]()
	for i := range service.NumMethod() {
		name := service.Method(i).Name
		operation, listed := operations[name]
		if !listed {
			t.Errorf("%s is not tried", name)
		}
		if operation == nil {
			continue
		}
		for who, actor := range map[string]access.Actor{
			"clerk": clerk.Actor(), "stranger": stranger.Signed().In(p.ID), "operator": p.Operator(t).Helping(p.ID), "invitee": clerk.Signed().Invited(p.ID),
		} {
			err := operation(actor)
			if !fault.Is(err, fault.KindForbidden) && !fault.Is(err, fault.KindNotFound) {
				t.Errorf("%s by a %s: %v", name, who, err)
			}
		}
	}
}
