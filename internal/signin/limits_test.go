package signin_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/pgtest/place"
	"habilis/internal/signin"
)

const wrong = "une erreur de plus"

// browser is one that shows what it is known by, per account.
func browser(name string) signin.Browser {
	return func(account uuid.UUID) []byte {
		sum := sha256.Sum256([]byte(name + account.String()))
		return sum[:]
	}
}

// cameFrom notes that someone came in from a browser.
func cameFrom(t *testing.T, p *place.Place, who place.Person, b signin.Browser) {
	t.Helper()
	if _, err := p.Door.Identity().Exec(t.Context(), `select identity.device_seen($1, $2, 'Navigateur', '192.0.2.7', $3)`, b(who.Account), who.Account, p.Clock.Now()); err != nil {
		t.Fatal(err)
	}
}

func TestR4ANeighbourBehindTheSameAddressHoldsNobodyUp(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	mine := browser("celui de la personne")
	cameFrom(t, p, who, mine)
	for _, b := range []signin.Browser{nil, browser("celui du voisin")} { // a cookie that was made up is none
		for range 8 {
			_, _ = s.SignIn(t.Context(), who.Username, wrong, here, b)
		}
	}
	in := func(b signin.Browser) bool {
		_, err := s.SignIn(t.Context(), who.Username, good, here, b)
		return err == nil
	}
	if in(nil) || in(browser("celui du voisin")) {
		t.Error("the neighbour was not held up")
	}
	if !in(mine) {
		t.Error("the person was")
	}
	if in(nil) {
		t.Error("the person's success gave the neighbour more tries")
	}
	if other := settled(t, p, s); len(mine(other.Account)) > 0 {
		for range 8 {
			_, _ = s.SignIn(t.Context(), other.Username, wrong, here, mine)
		}
		if _, err := s.SignIn(t.Context(), other.Username, good, here, mine); err == nil {
			t.Error("one account's browser has a counter of its own for another")
		}
	}
}

func TestR4ABrowserThatIsKnownIsHeldUpByItsOwnFailuresMoreAndMore(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	stolen, other := browser("volé"), browser("autre")
	cameFrom(t, p, who, stolen)
	cameFrom(t, p, who, other)
	elsewhere := func(i int) access.Origin { return access.Origin{Address: fmt.Sprintf("203.0.113.%d", i)} }
	for i := range 6 {
		_, _ = s.SignIn(t.Context(), who.Username, wrong, elsewhere(i), stolen) // whatever its address
	}
	waits := func() (n int) {
		for {
			if _, err := s.SignIn(t.Context(), who.Username, good, elsewhere(99), stolen); err == nil || n > 3600 {
				return n
			}
			p.Clock.Advance(time.Second)
			n++
		}
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, elsewhere(7), other); err != nil {
		t.Errorf("another browser of the person's waits too: %v", err)
	}
	first := waits()
	for range 10 {
		_, _ = s.SignIn(t.Context(), who.Username, wrong, here, stolen)
		p.Clock.Advance(20 * time.Minute)
	}
	_, _ = s.SignIn(t.Context(), who.Username, wrong, here, stolen)
	if second := waits(); first == 0 || second <= first {
		t.Errorf("it waits %d s, and after more failures %d s", first, second)
	}
}

// attacked has a key of a place, or of a place from a network, blocked for a while.
func attacked(t *testing.T, p *place.Place, suffix string) {
	t.Helper()
	exec(t, `insert into identity.throttle values ('place:' || $1 || $2, 400, $3, $4) on conflict (key) do update set blocked_until = $4, last_at = $3`,
		p.ID.String(), suffix, p.Clock.Now(), p.Clock.Now().Add(10*time.Second))
}

func TestThePeopleOfAPlaceAreNotTriedOneByOne(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	for name, suffix := range map[string]string{"from everywhere": "", "from one network": "|" + here.Address} {
		newcomer, known, held := settled(t, p, s), settled(t, p, s), settled(t, p, s)
		if _, err := s.SignIn(t.Context(), known.Username, good, here, nil); err != nil {
			t.Fatal(err)
		}
		_, _ = s.SignIn(t.Context(), held.Username, wrong, here, nil)
		_, _ = s.SignIn(t.Context(), known.Username, wrong, here, nil)
		attacked(t, p, suffix)
		if _, err := s.SignIn(t.Context(), newcomer.Username, good, here, nil); err != nil {
			t.Errorf("%s: a first try is not judged: %v", name, err)
		}
		if _, err := s.SignIn(t.Context(), known.Username, good, here, nil); err != nil {
			t.Errorf("%s: who comes in from here waits: %v", name, err)
		}
		if _, err := s.SignIn(t.Context(), held.Username, good, here, nil); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("%s: a second try is judged: %v", name, err)
		}
		p.Clock.Advance(11 * time.Second)
		if _, err := s.SignIn(t.Context(), held.Username, good, here, nil); err != nil {
			t.Errorf("%s: eleven seconds later: %v", name, err)
		}
		p.Clock.Advance(2 * time.Hour)
	}
}

func TestFailuresAreCountedByThePlaceAndItsNetworksToo(t *testing.T) {
	p, q := place.New(t), place.New(t)
	s, _ := open(t, p)
	count := func(suffix string) int {
		return query[int](t, `select coalesce(sum(failures), 0) from identity.throttle where key = 'place:' || $1 || $2`, p.ID.String(), suffix)
	}
	for i := range 3 {
		_, _ = s.SignIn(t.Context(), p.Person(t, "booking").Username, wrong, access.Origin{Address: fmt.Sprintf("198.51.100.%d", 1+i%2)}, nil)
		_, _ = s.SignIn(t.Context(), q.Person(t, "booking").Username, wrong, access.Origin{Address: "198.51.100.1"}, nil)
	}
	if count("") != 3 || count("|198.51.100.1") != 2 || count("|198.51.100.2") != 1 {
		t.Errorf("counted %d, %d and %d", count(""), count("|198.51.100.1"), count("|198.51.100.2"))
	}
	for range 40 { // one network that goes through the people of the place
		_, _ = s.SignIn(t.Context(), p.Person(t, "booking").Username, wrong, access.Origin{Address: "2001:db8::1"}, nil)
	}
	if until := query[time.Time](t, `select blocked_until from identity.throttle where key = 'place:' || $1 || '|2001:db8::/64'`, p.ID.String()); !until.After(p.Clock.Now()) {
		t.Error("a network that goes through a place's people isn't slowed down")
	}
}

// A line has 65,536 networks of IPv6: who tries from another one each time is still
// at one place.
func TestALineOfIPv6IsOneAddress(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	of := func(line string, i int) access.Origin {
		return access.Origin{Address: fmt.Sprintf("2001:db8:%s:%x::1", line, i)}
	}
	for i := range 302 {
		if err := s.Miss(t.Context(), who.Account, of("a", i).Address); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, of("a", 9999), nil); err == nil {
		t.Error("302 failures from as many networks of one line don't slow it down")
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, of("b", 1), nil); err != nil {
		t.Errorf("another line waits: %v", err)
	}
	for i := range 61 {
		_ = s.Forgot(t.Context(), "personne", mail.ToMain, of("a", i))
	}
	if err := s.Forgot(t.Context(), "personne", mail.ToMain, of("a", 8888)); !fault.Is(err, fault.KindBusy) {
		t.Errorf("a line asks for links without end: %v", err)
	}
}

// Who knows a password, but has no factor, takes none of its owner's turns; nor do
// the owner's own mistakes give anybody else more turns.
func TestR4WhoGuessesAtCodesHoldsUpNoBrowserOfTheOwner(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, secret, _ := enrolled(t, p, s)
	mine := browser("à soi")
	cameFrom(t, p, who, mine)
	owner := access.Signed{Account: who.Account, Browser: mine(who.Account)}
	made := access.Signed{Account: who.Account, Browser: browser("inventé")(who.Account)}
	for _, guesser := range []access.Signed{{Account: who.Account}, made} {
		p.Clock.Advance(time.Hour)
		for range 9 {
			_ = s.Factor(t.Context(), guesser, "000000")
		}
		if err := s.Factor(t.Context(), guesser, code(t, secret, p.Clock.Now())); !fault.Is(err, fault.KindBusy) {
			t.Errorf("who guesses is not held up: %v", err)
		}
		if err := s.Factor(t.Context(), owner, code(t, secret, p.Clock.Now())); err != nil {
			t.Errorf("the owner is held up: %v", err)
		}
	}
}

func TestF2ABrowserOfTheOwnerHasFiveCodesOfItsOwn(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, secret, _ := enrolled(t, p, s)
	mine := browser("à soi")
	cameFrom(t, p, who, mine)
	p.Clock.Advance(time.Minute)
	stolen := access.Signed{Account: who.Account, Browser: mine(who.Account)}
	judged := 0
	for range 9 {
		if err := s.Factor(t.Context(), stolen, "000000"); fault.Is(err, fault.KindInvalid) {
			judged++
		}
	}
	if judged != 5 {
		t.Errorf("%d codes from one browser were judged", judged)
	}
	for _, who := range []access.Signed{stolen, {Account: who.Account}} {
		if err := s.Factor(t.Context(), who, code(t, secret, p.Clock.Now())); !fault.Is(err, fault.KindBusy) {
			t.Errorf("after them: %v", err)
		}
	}
	exec(t, `select identity.unblock($1)`, who.Account)
	if err := s.Factor(t.Context(), stolen, code(t, secret, p.Clock.Now())); err != nil {
		t.Errorf("unblocked: %v", err)
	}
}

// Wrong codes count together wherever they are typed; each one after the fifth waits
// twice as long as the one before, up to a quarter of an hour.
func TestF2WrongCodesOfAllWaysCountTogetherAndWaitLonger(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, secret, _ := enrolled(t, p, s)
	guesser := access.Signed{Account: who.Account}
	if _, err := s.OfferApp(t.Context(), who.Account); err != nil {
		t.Fatal(err)
	}
	ways := map[string]func() error{
		"signing in": func() error { return s.Factor(t.Context(), guesser, "000000") },
		"another app": func() error {
			_, _, err := s.AddApp(t.Context(), guesser, uuid.Nil, "", "000000")
			return err
		},
	}
	for _, way := range []string{"signing in", "another app", "signing in", "another app", "signing in"} {
		if err := ways[way](); !fault.Is(err, fault.KindInvalid) {
			t.Fatalf("%s: %v", way, err)
		}
	}
	held := func() time.Duration {
		return query[time.Time](t, `select blocked_until from identity.throttle where key = 'factor:' || $1::uuid`, who.Account).Sub(p.Clock.Now())
	}
	for want := 15 * time.Second; want <= 4*15*time.Minute; want *= 2 {
		if got := held(); got != min(want, 15*time.Minute) {
			t.Fatalf("one waits for %s, want %s", got, want)
		}
		p.Clock.Advance(held() - time.Second)
		for way, try := range ways {
			if err := try(); !fault.Is(err, fault.KindBusy) {
				t.Errorf("%s, a second too early: %v", way, err)
			}
		}
		if err := s.Factor(t.Context(), guesser, code(t, secret, p.Clock.Now())); !fault.Is(err, fault.KindBusy) {
			t.Errorf("a right code, a second too early: %v", err)
		}
		p.Clock.Advance(time.Second)
		if err := ways["signing in"](); !fault.Is(err, fault.KindInvalid) {
			t.Errorf("in time: %v", err)
		}
	}
}

// Whoever came in often, before there was a second factor, has no more tries for it.
func TestF2ManyBrowsersHaveNoMoreCodesThanAFew(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, _, _ := enrolled(t, p, s)
	var browsers []access.Signed
	for i := range 12 {
		b := browser(fmt.Sprintf("navigateur %d", i))
		cameFrom(t, p, who, b)
		p.Clock.Advance(time.Second)
		browsers = append(browsers, access.Signed{Account: who.Account, Browser: b(who.Account)})
	}
	judged := 0
	for _, b := range browsers {
		for range 7 {
			if err := s.Factor(t.Context(), b, "000000"); fault.Is(err, fault.KindInvalid) {
				judged++
			}
		}
	}
	if judged != 5*(1+5) { // five browsers, and all others together
		t.Errorf("%d codes were judged from %d browsers", judged, len(browsers))
	}
}

// What holds someone up is said in its kind, and who helps them ends it.
func TestWhatHoldsSomeoneUpIsTold(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, secret, _ := enrolled(t, p, s)
	_ = secret
	mine := browser("à soi")
	cameFrom(t, p, who, mine)
	p.Clock.Advance(time.Minute)
	for range 7 {
		_, _ = s.SignIn(t.Context(), who.Username, wrong, here, nil)
		_, _ = s.SignIn(t.Context(), who.Username, wrong, here, mine)
		_ = s.Factor(t.Context(), access.Signed{Account: who.Account}, "000000")
		_ = s.Prove(t.Context(), who.Account, wrong)
	}
	told := func(in uuid.UUID) string {
		return query[string](t, `select coalesce(string_agg(why, ' ' order by why), '') from (select set_config('habilis.tenant', $3, true)) s cross join lateral identity.held_why($1, $2) where s is not null`,
			who.Account, p.Clock.Now(), in.String())
	}
	if got := told(p.ID); got != "code device password proof" {
		t.Errorf("told %q", got)
	}
	if got := told(p.Beside(t).ID); got != "" {
		t.Errorf("another place is told %q", got)
	}
	exec(t, `select identity.unblock($1)`, who.Account)
	if got := told(p.ID); got != "" {
		t.Errorf("unblocked, told %q", got)
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, here, mine); err != nil {
		t.Error(err)
	}
}

// come signs in so many times with the right password, and reports how many came in.
func come(t *testing.T, s *signin.Service, who place.Person, times int, from func(i int) access.Origin, b signin.Browser) (in int) {
	t.Helper()
	for i := range times {
		switch _, err := s.SignIn(t.Context(), who.Username, good, from(i), b); {
		case err == nil:
			in++
		case !fault.Is(err, fault.KindBusy):
			t.Fatal(err)
		}
	}
	return in
}

func fromHere(int) access.Origin { return here }

func TestWhoKnowsAPasswordDoesNotComeInWithoutEnd(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who, mine := settled(t, p, s), browser("à soi")
	cameFrom(t, p, who, mine)
	if in := come(t, s, who, 60, fromHere, nil); in != 21 { // one from a network that is new, twenty from one that isn't
		t.Errorf("sixty times in a row, someone came in %d times", in)
	}
	if _, err := s.SignIn(t.Context(), who.Username, wrong, here, nil); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("a wrong password is told from a right one by more than itself: %v", err)
	}
	if in := come(t, s, who, 1, fromHere, mine); in != 1 {
		t.Error("the owner's own browser waits")
	}
	if in := come(t, s, settled(t, p, s), 1, fromHere, nil); in != 1 {
		t.Error("someone else waits")
	}
	for range 30 { // however long it goes on
		p.Clock.Advance(time.Minute)
		if in := come(t, s, who, 3, fromHere, nil); in != 1 {
			t.Fatalf("after a minute %d came in", in)
		}
	}
	if in := come(t, s, who, 60, fromHere, mine); in != 19 {
		t.Errorf("a known browser came in %d times more", in)
	}
	p.Clock.Advance(2 * time.Hour)
	if in := come(t, s, who, 5, fromHere, nil); in != 5 {
		t.Errorf("two hours later, %d of five", in)
	}
}

func TestComingInFromManyNetworksCountsTogether(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	if in := come(t, s, who, 1, fromHere, nil); in != 1 {
		t.Fatal("nobody came in")
	}
	anywhere := func(i int) access.Origin { return access.Origin{Address: fmt.Sprintf("203.0.113.%d", i)} }
	if in := come(t, s, who, 60, anywhere, nil); in != 19 {
		t.Errorf("from sixty networks, someone came in %d times", in)
	}
	if in := come(t, s, who, 1, fromHere, nil); in != 1 {
		t.Error("who came in from here before waits")
	}
	out, err := s.SignIn(t.Context(), who.Username, mint(t, p, who), anywhere(200), nil)
	if err != nil || !out.Choose {
		t.Errorf("a temporary password is used up in vain: %v", err)
	}
}

func TestNewBrowsersWithoutEndAreNotedAndToldOfAFewTimes(t *testing.T) {
	p := place.New(t)
	s, post := open(t, p)
	who := settled(t, p, s)
	note := func(n int) {
		t.Helper()
		for range n {
			b := browser(access.NewID().String())
			seen := signin.Seen{Fresh: b(who.Account), Agent: "Firefox", Address: here.Address, Begins: true}
			if _, err := s.NoteDevice(t.Context(), access.Signed{Account: who.Account, Origin: here}, seen, func(i18n.Locale) string { return "Firefox" }); err != nil {
				t.Fatal(err)
			}
		}
	}
	told := func() (n int) {
		for _, sent := range post.sent {
			if strings.HasPrefix(sent, mail.NewDevice) {
				n++
			}
		}
		return n
	}
	note(12)
	if told() != 5 {
		t.Errorf("%d letters of eleven new browsers", told())
	}
	if n := query[int](t, `select count(*) from identity.device where account_id = $1`, who.Account); n != 12 {
		t.Errorf("%d browsers of twelve are noted", n)
	}
	p.Clock.Advance(2 * time.Hour)
	note(1)
	if told() != 6 {
		t.Errorf("two hours later, %d letters", told())
	}
}
