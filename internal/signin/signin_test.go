package signin_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
	"habilis/internal/signin"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const good = "girafe lavande tournevis marée bocal"

var here = access.Origin{Address: "192.0.2.7", RequestID: "test"}

// letters remembers what would have been mailed.
type letters struct {
	mu        sync.Mutex
	sent      []string
	forgotten []string // accounts, and to which address
}

func (l *letters) SendAccount(_ context.Context, _ pgx.Tx, _ uuid.UUID, template string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, template)
	return nil
}

// SendForgotten notes for whom.
func (l *letters) SendAccountAbout(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, about map[string]string) error {
	return l.SendAccount(ctx, tx, account, template+" "+about["change"])
}

func (l *letters) SendForgotten(_ context.Context, _ pgx.Tx, account uuid.UUID, to mail.Address) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgotten = append(l.forgotten, account.String()+string(to))
	return nil
}

func open(t *testing.T, p *place.Place) (*signin.Service, *letters) {
	t.Helper()
	ring, err := keyring.Parse([]byte(keyring.Generate(p.Clock.Now())))
	if err != nil {
		t.Fatal(err)
	}
	post := &letters{}
	return signin.New(p.Door, password.NewHasher(2, 100), ring, post, p.Clock.Now), post
}

// mint gives the person a temporary password that lasts a day.
func mint(t *testing.T, p *place.Place, who place.Person) string {
	t.Helper()
	plain := password.Temporary()
	canonical, _ := password.ParseTemporary(plain)
	hash := token.HashOf(canonical)
	_, err := p.Door.Identity().Exec(t.Context(), `select identity.token_mint($1, 'temporary_password', $2, $3, $4, $5)`,
		hash[:], who.Account, p.ID, p.Clock.Now(), p.Clock.Now().Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// settled is a person who has chosen a password.
func settled(t *testing.T, p *place.Place, s *signin.Service) place.Person {
	t.Helper()
	who := p.Person(t, "booking")
	if _, err := s.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, good, good, ""); err != nil {
		t.Fatal(err)
	}
	return who
}

func TestAPersonSignsInByUserNameOrEmail(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	for _, login := range []string{who.Username, who.Email, " " + who.Email + " "} {
		out, err := s.SignIn(t.Context(), login, good, here, nil)
		if err != nil || out.Account != who.Account || out.Stage != signin.StageDone {
			t.Errorf("%q: %+v, %v", login, out, err)
		}
	}
}

func TestEveryRefusalOfASignInIsTheSame(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, archived, never := settled(t, p, s), settled(t, p, s), p.Person(t, "booking")
	p.Archive(t, archived)
	for name, try := range map[string][2]string{
		"wrong password":       {who.Username, "autre chose entièrement"},
		"user name's capitals": {"x" + who.Username, good},
		"unknown":              {"personne@exemple.test", good},
		"archived":             {archived.Username, good},
		"never activated":      {never.Username, good},
		"empty":                {"", ""},
	} {
		out, err := s.SignIn(t.Context(), try[0], try[1], here, nil)
		faults, ok := fault.As(err)
		if !ok || len(faults) != 1 || faults[0].Key != "signin.refused" || faults[0].Field != "" || out != (signin.Outcome{}) {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
	}
}

func TestATemporaryPasswordLeadsOnlyToChoosingOnce(t *testing.T) {
	p := place.New(t)
	s, post := open(t, p)
	who := p.Person(t, "booking")
	temporary := mint(t, p, who)

	out, err := s.SignIn(t.Context(), who.Email, temporary, here, nil)
	if err != nil || out.Stage != signin.StageChoose || !out.Choose {
		t.Fatalf("%+v, %v", out, err)
	}
	if _, err := s.SignIn(t.Context(), who.Email, temporary, here, nil); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("it opened a second time: %v", err)
	}
	if _, err := s.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, temporary, temporary, ""); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("it became the lasting password: %v", err)
	}
	if _, err := s.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, good, good+"x", ""); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("two different passwords: %v", err)
	}
	done, err := s.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, good, good, "")
	if err != nil || done.Stage != signin.StageDone || done.Generation <= out.Generation {
		t.Fatalf("%+v after %+v, %v", done, out, err)
	}
	if len(post.sent) != 1 || post.sent[0] != "password_changed" {
		t.Errorf("mailed %v", post.sent)
	}
}

func TestOfFiftyWhoSendATemporaryPasswordAtOnceOneComesIn(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := p.Person(t, "booking")
	temporary := mint(t, p, who)
	var came atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := s.SignIn(t.Context(), who.Email, temporary, here, nil); err == nil {
				came.Add(1)
			}
		})
	}
	all.Wait()
	if came.Load() != 1 {
		t.Errorf("%d came in", came.Load())
	}
}

func TestATemporaryPasswordEnds(t *testing.T) {
	p := place.New(t)
	for name, end := range map[string]func(t *testing.T, s *signin.Service, who place.Person){
		"with time":      func(t *testing.T, _ *signin.Service, _ place.Person) { p.Clock.Advance(25 * time.Hour) },
		"by a newer one": func(t *testing.T, _ *signin.Service, who place.Person) { mint(t, p, who) },
		"by a password": func(t *testing.T, s *signin.Service, who place.Person) {
			_, _ = s.ChoosePassword(t.Context(), access.Signed{Account: who.Account}, good, good, "")
		},
		"when one is archived": func(t *testing.T, _ *signin.Service, who place.Person) { p.Archive(t, who) },
	} {
		s, _ := open(t, p)
		who := p.Person(t, "booking")
		temporary := mint(t, p, who)
		end(t, s, who)
		if _, err := s.SignIn(t.Context(), who.Email, temporary, here, nil); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnotherPersonsTemporaryPasswordOpensNothing(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	mine, other := p.Person(t, "booking"), p.Person(t, "booking")
	temporary := mint(t, p, other)
	if _, err := s.SignIn(t.Context(), mine.Email, temporary, here, nil); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("it did: %v", err)
	}
}

func TestFailuresFromElsewhereLockNobodyOut(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	elsewhere := access.Origin{Address: "203.0.113.9"}
	for range 50 {
		_, _ = s.SignIn(t.Context(), who.Username, "une erreur de plus", elsewhere, nil)
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, elsewhere, nil); err == nil {
		t.Error("the attacker's address was not held up")
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, here, nil); err != nil {
		t.Errorf("the person was held up: %v", err)
	}
}

func TestFailuresAreForgottenAfterTheirDelay(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	for range 6 {
		_, _ = s.SignIn(t.Context(), who.Username, "une erreur de plus", here, nil)
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, here, nil); err == nil {
		t.Fatal("no delay after six failures")
	}
	p.Clock.Advance(time.Minute)
	if _, err := s.SignIn(t.Context(), who.Username, good, here, nil); err != nil {
		t.Errorf("still held up after a minute: %v", err)
	}
}

func TestAnIPv6PersonIsTheirNetwork(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	for i := range 6 {
		_, _ = s.SignIn(t.Context(), who.Username, "une erreur", access.Origin{Address: "2001:db8::" + string(rune('1'+i))}, nil)
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, access.Origin{Address: "2001:db8::ffff"}, nil); err == nil {
		t.Error("another address of the same /64 was not held up")
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, access.Origin{Address: "2001:db8:1::1"}, nil); err != nil {
		t.Errorf("another network was: %v", err)
	}
}

// enrolled is a settled person with an authenticator app.
func enrolled(t *testing.T, p *place.Place, s *signin.Service) (who place.Person, secret string, codes []string) {
	t.Helper()
	who = settled(t, p, s)
	e, err := s.Enrol(t.Context(), who.Account)
	if err != nil {
		t.Fatal(err)
	}
	_, codes, err = s.Confirm(t.Context(), access.Signed{Account: who.Account}, code(t, e.Base32, p.Clock.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return who, e.Base32, codes
}

func code(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestASecondFactorIsAskedForOnceItIsConfirmed(t *testing.T) {
	p := place.New(t)
	s, post := open(t, p)
	who := settled(t, p, s)
	first, err := s.Enrol(t.Context(), who.Account)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := s.Enrol(t.Context(), who.Account); again.Base32 != first.Base32 || again.URI != first.URI {
		t.Error("the pending secret changed when the page was opened again")
	}
	if out, _ := s.SignIn(t.Context(), who.Username, good, here, nil); out.Stage != signin.StageDone {
		t.Errorf("a pending secret is asked for: %+v", out)
	}
	seen := first // by whoever had the password, or the session, before
	if first, err = s.Enrol(t.Context(), who.Account); err != nil || first.Base32 == seen.Base32 {
		t.Fatalf("a secret that was shown before another sign-in is shown again (%v)", err)
	}
	if _, _, err := s.Confirm(t.Context(), access.Signed{Account: who.Account}, code(t, seen.Base32, p.Clock.Now())); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("it confirmed: %v", err)
	}
	if _, _, err := s.Confirm(t.Context(), access.Signed{Account: who.Account}, "000000"); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("a wrong code confirmed: %v", err)
	}
	_, codes, err := s.Confirm(t.Context(), access.Signed{Account: who.Account}, code(t, first.Base32, p.Clock.Now()))
	if err != nil || len(codes) != 10 {
		t.Fatalf("%d codes, %v", len(codes), err)
	}
	if out, _ := s.SignIn(t.Context(), who.Username, good, here, nil); out.Stage != signin.StageFactor {
		t.Errorf("not asked for: %+v", out)
	}
	if _, err := s.Enrol(t.Context(), who.Account); !fault.Is(err, fault.KindConflict) {
		t.Errorf("a confirmed secret was shown or replaced: %v", err)
	}
	if post.sent[len(post.sent)-1] != "factor_added" {
		t.Errorf("mailed %v", post.sent)
	}
}

func TestACodeHoldsOnce(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, secret, codes := enrolled(t, p, s)
	if err := s.Factor(t.Context(), access.Signed{Account: who.Account}, code(t, secret, p.Clock.Now())); err == nil {
		t.Error("the code that confirmed the secret served again")
	}
	p.Clock.Advance(time.Minute)
	present := code(t, secret, p.Clock.Now())
	var right atomic.Int64
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if s.Factor(t.Context(), access.Signed{Account: who.Account}, present) == nil {
				right.Add(1)
			}
		})
	}
	all.Wait()
	if right.Load() != 1 {
		t.Errorf("one code was right %d times", right.Load())
	}
	p.Clock.Advance(time.Hour)
	if err := s.Factor(t.Context(), access.Signed{Account: who.Account}, codes[3]); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if err := s.Factor(t.Context(), access.Signed{Account: who.Account}, codes[3]); wrongWith(err)["code"] != "signin.recovery_wrong" {
		t.Errorf("a recovery code that served is answered %v", err)
	}
	if err := s.Factor(t.Context(), access.Signed{Account: who.Account}, present); wrongWith(err)["code"] != "signin.code_wrong" {
		t.Errorf("a code of an app that served is answered %v", err)
	}
}

func TestWrongCodesAreSlowedDownWhereverTheyComeFrom(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, secret, _ := enrolled(t, p, s)
	p.Clock.Advance(time.Minute)
	for range 5 {
		_ = s.Factor(t.Context(), access.Signed{Account: who.Account}, "000000")
	}
	if err := s.Factor(t.Context(), access.Signed{Account: who.Account}, code(t, secret, p.Clock.Now())); !fault.Is(err, fault.KindBusy) {
		t.Errorf("after five wrong codes: %v", err)
	}
	p.Clock.Advance(time.Minute)
	if err := s.Factor(t.Context(), access.Signed{Account: who.Account}, code(t, secret, p.Clock.Now())); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}

func TestArrivingIsForThoseOfThePlace(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, stranger := p.Person(t, "booking"), p.NewPerson(t)
	if err := s.Arrive(t.Context(), who.Signed(), p.ID); err != nil {
		t.Error(err)
	}
	var seen time.Time
	if err := pgtest.Super(t).QueryRow(t.Context(), `select last_seen_at from presence where resource_id = $1`, who.Resource).Scan(&seen); err != nil || !seen.Equal(p.Clock.Now()) {
		t.Errorf("seen at %v, %v", seen, err)
	}
	if err := s.Arrive(t.Context(), stranger.Signed(), p.ID); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("a stranger: %v", err)
	}
}

func TestAHatIsARoleThatOneHolds(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := p.Person(t, "booking")
	if err := s.Wear(t.Context(), who.Actor(), p.Role(t, "booking")); err != nil {
		t.Error(err)
	}
	if err := s.Wear(t.Context(), who.Actor(), p.Role(t, "pilot")); !fault.Is(err, fault.KindNotFound) {
		t.Errorf("a role that is not held: %v", err)
	}
}
