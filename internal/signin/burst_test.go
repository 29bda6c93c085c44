package signin_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
)

// with is the way in with a hasher of the test's own.
func with(t *testing.T, p *place.Place, hasher *password.Hasher) *signin.Service {
	t.Helper()
	ring, err := keyring.Parse([]byte(keyring.Generate(p.Clock.Now())))
	if err != nil {
		t.Fatal(err)
	}
	return signin.New(p.Door, hasher, ring, &letters{}, p.Clock.Now)
}

func TestAnAccountIsCountedOnceHoweverItsNamesAreTyped(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	wide := wideDomain(who.Email)
	for _, login := range []string{who.Email, wide(0), wide(1), wide(2), who.Username, wide(3)} {
		_, _ = s.SignIn(t.Context(), login, "une erreur de plus", here, nil)
	}
	for _, login := range []string{who.Email, who.Username, wide(4)} {
		if _, err := s.SignIn(t.Context(), login, good, here, nil); err == nil {
			t.Errorf("%q was not held up after six failures under other spellings", login)
		}
	}
}

// wideDomain spells the domain of an address with its nth letter full-width:
// the same domain.
func wideDomain(email string) func(n int) string {
	runes := []rune(email)
	at := 0
	for runes[at] != '@' {
		at++
	}
	return func(n int) string {
		spelt := append([]rune{}, runes...)
		spelt[at+1+n] += 'ａ' - 'a'
		return string(spelt)
	}
}

func TestOfManyPasswordsAtOnceFewAreJudged(t *testing.T) {
	p := place.New(t)
	slow := with(t, p, password.NewHasher(1, 100))
	who := settled(t, p, slow)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() { _, _ = slow.SignIn(t.Context(), who.Username, "une erreur de plus", here, nil) })
	}
	all.Wait()
	var judged int
	err := pgtest.Super(t).QueryRow(t.Context(), `select failures from presence where resource_id = $1`, who.Resource).Scan(&judged)
	if err != nil || judged < 6 || judged > 9 { // five are free; one more a hash that was running already
		t.Errorf("%d of forty wrong passwords were judged, %v", judged, err)
	}
}

func TestOfManyCodesAtOnceFiveAreJudged(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, _, _ := enrolled(t, p, s)
	p.Clock.Advance(time.Minute)
	var judged atomic.Int64
	var all sync.WaitGroup
	for range 60 {
		all.Go(func() {
			if err := s.Factor(t.Context(), access.Signed{Account: who.Account}, "000000"); fault.Is(err, fault.KindInvalid) {
				judged.Add(1)
			}
		})
	}
	all.Wait()
	if judged.Load() != 5 {
		t.Errorf("%d codes were judged", judged.Load())
	}
}

func TestAnAddressOfManyFailuresTakesNobodysTurn(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, known := settled(t, p, s), settled(t, p, s)
	crowd := access.Origin{Address: "198.51.100.4"}
	if _, err := s.SignIn(t.Context(), known.Username, good, crowd, nil); err != nil {
		t.Fatal(err)
	}
	_, err := pgtest.Super(t).Exec(t.Context(), `insert into identity.throttle values ('address:' || $1, 301, $2, $3)`,
		crowd.Address, p.Clock.Now(), p.Clock.Now().Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	full := with(t, p, password.NewHasher(0, 0)) // whoever asks it to compare is told that it is busy
	if _, err := full.SignIn(t.Context(), who.Username, good, crowd, nil); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("its password was compared: %v", err)
	}
	if _, err := s.SignIn(t.Context(), known.Username, good, crowd, nil); err != nil {
		t.Errorf("someone who comes in from there was held up: %v", err)
	}
}

func TestCountsThatHoldNobodyUpAreSweptAway(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	var others []string // counts of other tests, at other times
	if err := pgtest.Super(t).QueryRow(t.Context(), `select coalesce(array_agg(key), '{}') from identity.throttle`).Scan(&others); err != nil {
		t.Fatal(err)
	}
	_, _ = s.SignIn(t.Context(), "personne@exemple.test", "une erreur", here, nil)
	if _, err := s.SignIn(t.Context(), who.Username, good, here, nil); err != nil {
		t.Fatal(err)
	}
	count := func() (failures, known int) {
		err := pgtest.Super(t).QueryRow(t.Context(), `
select count(*) filter (where not starts_with(key, 'known:')), count(*) filter (where starts_with(key, 'known:')) from identity.throttle where key <> all ($1)`,
			others).Scan(&failures, &known)
		if err != nil {
			t.Fatal(err)
		}
		return failures, known
	}
	if failures, known := count(); failures == 0 || known == 0 {
		t.Fatalf("%d counts, %d known addresses", failures, known)
	}
	p.Clock.Advance(2 * time.Hour)
	if _, err := p.Door.Identity().Exec(t.Context(), `select identity.throttles_sweep($1)`, p.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if failures, known := count(); failures != 0 || known == 0 {
		t.Errorf("two hours later, %d counts and %d known addresses stay", failures, known)
	}
}
