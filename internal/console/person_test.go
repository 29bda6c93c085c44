package console

import "testing"

func TestWhoIsBroughtInIsListedWithTheSecondFactorThatTheyHave(t *testing.T) {
	for _, c := range []struct {
		methods []string
		shown   string
	}{
		{nil, ""},
		{[]string{"email"}, "email"},
		{[]string{"email", "sms"}, "sms"},
		{[]string{"sms", "totp"}, "app"},
		{[]string{"totp", "passkey"}, "passkey"},
	} {
		if is := strongest(c.methods); is != c.shown {
			t.Errorf("%v is listed as %q, want %q", c.methods, is, c.shown)
		}
	}
}
