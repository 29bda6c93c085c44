package signin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest/place"
	"habilis/internal/signin"
)

func TestANumberHasFewTextsWhoeverAsksForThem(t *testing.T) {
	p := place.New(t)
	s := posting(t, p, true)
	sent := 0
	for range 10 { // each account asks once for a code to the same number
		who := p.Person(t, "booking")
		hold(t, who, signin.SMS)
		switch err := s.SendCode(t.Context(), who.Signed(), access.NewID(), "", signin.SMS); {
		case err == nil:
			sent++
		case !fault.Is(err, fault.KindBusy):
			t.Fatal(err)
		}
	}
	if sent != 6 {
		t.Errorf("ten accounts had %d codes sent to one number", sent)
	}
	who := p.Person(t, "booking")
	hold(t, who, signin.SMS)
	p.Clock.Advance(2 * time.Hour)
	if err := s.SendCode(t.Context(), who.Signed(), access.NewID(), "", signin.SMS); err != nil {
		t.Errorf("two hours later: %v", err)
	}
}

func TestAPlaceHasManyTextsAndNotWithoutEnd(t *testing.T) {
	p := place.New(t)
	s := posting(t, p, true)
	sends := func() error {
		who := p.Person(t, "booking")
		hold(t, who, signin.SMS)
		exec(t, `update identity.account set mobile = $2 where id = $1`, who.Account, fmt.Sprintf("+1514555%04d", who.Account[15]))
		return s.SendCode(t.Context(), who.Signed(), access.NewID(), "", signin.SMS)
	}
	if err := sends(); err != nil {
		t.Fatal(err)
	}
	exec(t, `update identity.throttle set failures = 1500, blocked_until = $2 where starts_with(key, 'texts:' || $1)`, p.ID.String(), p.Clock.Now().Add(5*time.Second))
	if err := sends(); !fault.Is(err, fault.KindBusy) {
		t.Errorf("after 1,500 texts: %v", err)
	}
	p.Clock.Advance(6 * time.Second)
	if err := sends(); err != nil {
		t.Errorf("a moment later: %v", err)
	}
}

func TestTextsGoWhereTheSiteSays(t *testing.T) {
	p := place.New(t)
	s := posting(t, p, true)
	signin.TextsReach(func(number string) bool { return strings.HasPrefix(number, "+33") })(s)
	who := p.Person(t, "booking")
	hold(t, who, signin.SMS)
	if err := s.SendCode(t.Context(), who.Signed(), access.NewID(), "", signin.SMS); wrongWith(err)[""] != "signin.text_unreached" {
		t.Errorf("a text left for another country: %v", err)
	}
	err := s.SendToAdd(t.Context(), p.Person(t, "booking").Signed(), access.NewID(), "", signin.SMS, "514 555-0123")
	if wrongWith(err)["mobile"] != "signin.text_unreached" {
		t.Errorf("it is not said beside the number: %v", err)
	}
}
