package signin_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/pgtest/place"
	"habilis/internal/signin"
)

// Of a browser that is known it is noted when it was seen, and in its owner's journal
// that a session began; nobody is written to. What knows another's browser is
// nothing here.
func TestABrowserThatIsKnownIsNotedAgain(t *testing.T) {
	p := place.New(t)
	s, post := open(t, p)
	who, other := settled(t, p, s), settled(t, p, s)
	note := func(account uuid.UUID, seen signin.Seen) bool {
		t.Helper()
		seen.Agent, seen.Address, seen.Begins = "Firefox", here.Address, true
		kept, err := s.NoteDevice(t.Context(), access.Signed{Account: account, Origin: here}, seen, func(i18n.Locale) string { return "Firefox" })
		if err != nil {
			t.Fatal(err)
		}
		return kept
	}
	known := func(account uuid.UUID) (hashes [][]byte) {
		t.Helper()
		return query[[][]byte](t, `select array_agg(hash order by created_at) from identity.device where account_id = $1`, account)
	}
	first, second := []byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32))

	if note(who.Account, signin.Seen{Fresh: first}) {
		t.Error("a browser that shows nothing is known by it")
	}
	p.Clock.Advance(time.Second)
	if !note(who.Account, signin.Seen{Shown: first, Fresh: second}) {
		t.Error("a browser isn't known by what it showed")
	}
	if got := known(who.Account); len(got) != 1 || !slices.Equal(got[0], first) {
		t.Errorf("the account has the browsers %x", got)
	}
	if seen := query[bool](t, `select seen_at > created_at from identity.device where hash = $1`, first); !seen {
		t.Error("it isn't noted when it was seen again")
	}
	if note(who.Account, signin.Seen{Shown: first, Common: true, Fresh: second}) {
		t.Error("what is shown to all is kept")
	}
	if got := known(who.Account); len(got) != 1 || !slices.Equal(got[0], second) {
		t.Errorf("the browser that showed what is common is known by %x", got)
	}
	if n := query[int](t, `select count(*) from identity.own_act where act = 'signin.begin' and account_id = $1`, who.Account); n != 3 {
		t.Errorf("%d sessions of three are in the journal", n)
	}
	if note(other.Account, signin.Seen{Shown: second, Fresh: first}) {
		t.Error("someone is known by the browser of someone else")
	}
	if got := known(who.Account); len(got) != 1 || !slices.Equal(got[0], second) {
		t.Errorf("then its owner has %x", got)
	}
	for _, sent := range post.sent {
		if strings.HasPrefix(sent, mail.NewDevice) {
			t.Errorf("a letter is sent: %s", sent)
		}
	}
}
