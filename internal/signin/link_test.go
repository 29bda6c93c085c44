package signin_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/token"
	"habilis/internal/signin"
)

// mailed is the secret of a link that was mailed to a person's address, good for
// an hour; of no place when tenant is zero.
func mailed(t *testing.T, p *place.Place, who place.Person, purpose signin.Purpose, tenant uuid.UUID) string {
	t.Helper()
	return minted(t, p, who, purpose, tenant, p.Clock.Now())
}

// minted is such a secret, by the clock of who made it.
func minted(t *testing.T, p *place.Place, who place.Person, purpose signin.Purpose, tenant uuid.UUID, at time.Time) string {
	t.Helper()
	plain, hash := token.New(32)
	_, err := p.Door.Identity().Exec(t.Context(), `
select identity.token_mint($1, $2, $3, $4, m.email_key, null, $5, $6) from identity.mailboxes($3) m`,
		hash[:], string(purpose), who.Account, tenant, at, at.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// opened is the link of a secret, which must be in the state.
func opened(t *testing.T, s *signin.Service, secret string, want signin.LinkState) *signin.Link {
	t.Helper()
	l, _, err := s.Open(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if l.State != want {
		t.Fatalf("the link is %s, want %s", l.State, want)
	}
	return l
}

func nothing(pgx.Tx) error { return nil }

func TestOpeningALinkUsesNothingUp(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	secret := mailed(t, p, p.Person(t, "booking"), signin.ToActivate, p.ID)
	for range 3 {
		l := opened(t, s, secret, signin.LinkLive)
		if l.Place == "" || l.Number != p.Number || l.Kind != "planner" || l.TimeZone == "" {
			t.Fatalf("%+v", l)
		}
	}
	if err := s.Use(t.Context(), opened(t, s, secret, signin.LinkLive), signin.ToActivate, nothing); err != nil {
		t.Error(err)
	}
	opened(t, s, secret, signin.LinkUsed)
	opened(t, s, "rien de tel", signin.LinkUnknown)
}

func TestALinkSaysWhyItIsDead(t *testing.T) {
	for want, kill := range map[signin.LinkState]func(*testing.T, *place.Place, *signin.Service, place.Person){
		signin.LinkExpired: func(t *testing.T, p *place.Place, s *signin.Service, who place.Person) { p.Clock.Advance(time.Hour) },
		signin.LinkReplaced: func(t *testing.T, p *place.Place, s *signin.Service, who place.Person) {
			p.Clock.Advance(time.Minute)
			mailed(t, p, who, signin.ToReset, p.ID)
		},
		signin.LinkOvertaken: func(t *testing.T, p *place.Place, s *signin.Service, who place.Person) {
			if _, err := s.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, good, good, ""); err != nil {
				t.Fatal(err)
			}
		},
		signin.LinkLeft: func(t *testing.T, p *place.Place, s *signin.Service, who place.Person) { p.Archive(t, who) },
		signin.LinkVoid: func(t *testing.T, p *place.Place, s *signin.Service, who place.Person) {
			exec(t, `update identity.account set email = 'autre.'||email, email_key = 'autre.'||email_key where id = $1`, who.Account)
		},
	} {
		t.Run(string(want), func(t *testing.T) {
			p := place.New(t)
			s, _ := open(t, p)
			who := p.Person(t, "booking")
			secret := mailed(t, p, who, signin.ToReset, p.ID)
			before := opened(t, s, secret, signin.LinkLive)
			kill(t, p, s, who)
			opened(t, s, secret, want)
			err := s.Use(t.Context(), before, signin.ToReset, func(pgx.Tx) error {
				t.Error("it was used all the same")
				return nil
			})
			if !fault.Is(err, fault.KindConflict) {
				t.Error(err)
			}
		})
	}
}

func exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func TestOfTwoLinksMintedAtOnceTheLastCountsWhateverItsClockSaid(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := p.Person(t, "booking")
	first := minted(t, p, who, signin.ToReset, uuid.Nil, p.Clock.Now().Add(time.Second))
	last := minted(t, p, who, signin.ToReset, uuid.Nil, p.Clock.Now())
	opened(t, s, first, signin.LinkReplaced)
	opened(t, s, last, signin.LinkLive)
}

func TestALinkIsForOnePurposeOneAccountAndOnePlace(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	q := p.Beside(t)
	who, other := p.Person(t, "booking"), p.Person(t, "booking")
	secret := mailed(t, p, who, signin.ToReset, p.ID)
	l := opened(t, s, secret, signin.LinkLive)
	for _, purpose := range []signin.Purpose{signin.ToActivate, signin.ToConfirmEmail, signin.ToConfirmBackup, "temporary_password", ""} {
		if err := s.Use(t.Context(), l, purpose, nothing); !fault.Is(err, fault.KindConflict) {
			t.Errorf("as %q: %v", purpose, err)
		}
	}
	if _, err := s.Activate(t.Context(), l, good, good, here); !fault.Is(err, fault.KindConflict) {
		t.Errorf("a reset link activates: %v", err)
	}
	theirs := *l
	theirs.AccountID = other.Account
	if err := s.Use(t.Context(), &theirs, signin.ToReset, nothing); !fault.Is(err, fault.KindConflict) {
		t.Errorf("another account's: %v", err)
	}
	// Of a place that the person is not of, although they have another.
	stray := mailed(t, p, who, signin.ToReset, q.ID)
	opened(t, s, stray, signin.LinkLeft)
}

func TestATemporaryPasswordIsNoLink(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	opened(t, s, mint(t, p, p.Person(t, "booking")), signin.LinkUnknown)
}

func TestOfFiftyWhoUseALinkAtOnceOneDoes(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	l := opened(t, s, mailed(t, p, p.Person(t, "booking"), signin.ToReset, uuid.Nil), signin.LinkLive)
	var done atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			err := s.Use(t.Context(), l, signin.ToReset, func(pgx.Tx) error { done.Add(1); return nil })
			if err != nil && !fault.Is(err, fault.KindConflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if done.Load() != 1 {
		t.Errorf("%d did", done.Load())
	}
}

func TestWhatFailsLeavesTheLinkAsItWas(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	secret := mailed(t, p, p.Person(t, "booking"), signin.ToReset, uuid.Nil)
	failed := errors.New("the act fails")
	if err := s.Use(t.Context(), opened(t, s, secret, signin.LinkLive), signin.ToReset, func(pgx.Tx) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	opened(t, s, secret, signin.LinkLive)
}

// Whichever the way in, who lost a second factor sets up another before all else.
func TestActivatingAsksForTheFactorThatWasTakenAway(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := p.Person(t, "booking")
	exec(t, `update identity.account set must_enrol = true where id = $1`, who.Account)
	out, err := s.Activate(t.Context(), opened(t, s, mailed(t, p, who, signin.ToActivate, p.ID), signin.LinkLive), good, good, here)
	if err != nil || out.Stage != signin.StageEnrol {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestActivatingSignsInAndAResetDoesNot(t *testing.T) {
	p := place.New(t)
	s, post := open(t, p)
	who := p.Person(t, "booking")
	out, err := s.Activate(t.Context(), opened(t, s, mailed(t, p, who, signin.ToActivate, p.ID), signin.LinkLive), good, good, here)
	if err != nil || out.Account != who.Account || out.Stage != signin.StageDone || out.Choose {
		t.Fatalf("%+v, %v", out, err)
	}
	if !confirmed(t, s, who) {
		t.Error("the mailbox is not proved")
	}
	const better = "parapluie orchestre cannelle ruisseau clavier"
	p.Clock.Advance(time.Minute)
	older := mailed(t, p, who, signin.ToConfirmEmail, p.ID)
	l := opened(t, s, mailed(t, p, who, signin.ToReset, uuid.Nil), signin.LinkLive)
	if err := s.Reset(t.Context(), l, "court", "court", here); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("a weak one: %v", err)
	}
	if err := s.Reset(t.Context(), l, better, better, here); err != nil {
		t.Fatal(err)
	}
	if p2, _ := s.Person(t.Context(), who.Account); p2.Generation <= out.Generation {
		t.Error("the sessions go on")
	}
	if l := opened(t, s, older, signin.LinkOvertaken); l.State == signin.LinkLive {
		t.Error("an older secret counts")
	}
	if _, err := s.SignIn(t.Context(), who.Email, better, here, nil); err != nil {
		t.Error(err)
	}
	if len(post.sent) != 2 || post.sent[1] != "password_changed" {
		t.Errorf("told: %v", post.sent)
	}
}

func confirmed(t *testing.T, s *signin.Service, who place.Person) bool {
	t.Helper()
	p, err := s.Person(t.Context(), who.Account)
	if err != nil {
		t.Fatal(err)
	}
	return p.EmailVerified
}
