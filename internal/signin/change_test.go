package signin_test

import (
	"testing"
	"time"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/pgtest/place"
)

const better = "quatre canots verts, deux pagaies"

// wrongWith are the fields that a refusal names, each with its message.
func wrongWith(err error) map[string]string {
	faults, _ := fault.As(err)
	said := map[string]string{}
	for _, f := range faults {
		said[f.Field] = f.Key
	}
	return said
}

func TestAPasswordIsChangedByWhoKnowsIt(t *testing.T) {
	p := place.New(t)
	s, post := open(t, p)
	who := settled(t, p, s)
	before, err := s.SignIn(t.Context(), who.Username, good, here, nil)
	if err != nil {
		t.Fatal(err)
	}
	post.sent = nil
	for what, c := range map[string]struct {
		current, plain, again string
		field, key            string
	}{
		"a wrong present one": {"ce n'est pas le bon", better, better, "current", "signin.current_wrong"},
		"no present one":      {"", better, better, "current", "signin.current_wrong"},
		"the same again":      {good, good, good, "password", "signin.same"},
		"two different ones":  {good, better, better + "x", "again", "signin.differs"},
		"a common one":        {good, "motdepasse", "motdepasse", "password", "password.common"},
	} {
		_, err := s.ChangePassword(t.Context(), access.Signed{Account: who.Account}, c.current, c.plain, c.again)
		if said := wrongWith(err); said[c.field] != c.key {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := s.ChangePassword(t.Context(), access.Signed{Account: who.Account}, "faux", "court", "court"); len(wrongWith(err)) != 2 {
		t.Errorf("all that is wrong is not said at once: %v", err)
	}
	if len(post.sent) > 0 {
		t.Errorf("mailed %v after refusals", post.sent)
	}
	after, err := s.ChangePassword(t.Context(), access.Signed{Account: who.Account}, good, better, better)
	if err != nil || after.Generation <= before.Generation {
		t.Fatalf("%+v after %+v, %v", after, before, err)
	}
	if len(post.sent) != 1 || post.sent[0] != "password_changed" {
		t.Errorf("mailed %v", post.sent)
	}
	if _, err := s.SignIn(t.Context(), who.Username, good, here, nil); err == nil {
		t.Error("the old password still opens")
	}
	if _, err := s.SignIn(t.Context(), who.Username, better, here, nil); err != nil {
		t.Errorf("the new one does not: %v", err)
	}
}

func TestThePresentPasswordIsNotGuessedFromAnOpenSession(t *testing.T) {
	p := place.New(t)
	s, _ := open(t, p)
	who := settled(t, p, s)
	for range 5 {
		_, _ = s.ChangePassword(t.Context(), access.Signed{Account: who.Account}, "une erreur de plus", better, better)
	}
	if _, err := s.ChangePassword(t.Context(), access.Signed{Account: who.Account}, good, better, better); wrongWith(err)["current"] != "signin.slow_password" || !fault.Is(err, fault.KindBusy) {
		t.Errorf("after five wrong ones: %v", err)
	}
	p.Clock.Advance(time.Minute)
	if _, err := s.ChangePassword(t.Context(), access.Signed{Account: who.Account}, good, better, better); err != nil {
		t.Errorf("after the delay: %v", err)
	}
}
