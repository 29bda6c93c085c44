package form

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"habilis/internal/fault"
)

func post(t *testing.T, body string) (*Form, error) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/?role=pilote", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return Parse(httptest.NewRecorder(), r)
}

func sent(t *testing.T, values url.Values) *Form {
	t.Helper()
	f, err := post(t, values.Encode())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAFormReadsItsBodyAndNothingOfTheAddress(t *testing.T) {
	f := sent(t, url.Values{"family": {"  O'Brien "}, "active": {"on"}, "row": {"1", " ", "2"}})
	if got := f.Get("family"); got != "O'Brien" {
		t.Errorf("family = %q", got)
	}
	if f.Get("role") != "" {
		t.Error("a parameter of the address stood in for a field")
	}
	if !f.Bool("active") || f.Bool("absent") {
		t.Error("boxes are misread")
	}
	if got := strings.Join(f.All("row"), ","); got != "1,2" {
		t.Errorf("rows = %q", got)
	}
	if !f.OK() {
		t.Errorf("faults: %v", f.Err())
	}
}

func TestAFieldTakesOneValue(t *testing.T) {
	f := sent(t, url.Values{"email": {"maude@erables.example", "thief@evil.example"}})
	if got := f.Get("email"); got != "" {
		t.Errorf("email = %q, want none of the two", got)
	}
	if e := f.Error("email"); e == nil || e.Key != "form.repeated" {
		t.Errorf("fault = %v", e)
	}
}

func TestAFieldKeepsNamesAndRefusesWhatCannotBeSeen(t *testing.T) {
	for _, name := range []string{"O'Brien", "O’Brien", "Nguyễn Thị Minh Khai", "Œuvrard", "Nguye\u0302\u0303n", "محمد", "家族 👪"} {
		if got := sent(t, url.Values{"name": {name}}).Get("name"); got != name {
			t.Errorf("%q became %q", name, got)
		}
	}
	for _, name := range []string{"a\nb", "a\tb", "a\x07b", "a\u202eb", "a\u200bb", "a\u2066b", "a\ufeffb", "a\u2028b", "a\u3164b", "a\u00adb", "a\ue000b"} {
		f := sent(t, url.Values{"name": {name}})
		if got := f.Get("name"); got != "" || f.Error("name") == nil {
			t.Errorf("%q was read as %q, fault %v", name, got, f.Error("name"))
		}
		if f.Typed("name") != name {
			t.Errorf("%q isn't kept for another try", name)
		}
	}
}

func TestATextMayHaveLines(t *testing.T) {
	f := sent(t, url.Values{"reason": {" one\r\n\ttwo \n"}, "bad": {"a\u202eb"}})
	if got := f.Text("reason"); got != "one\n\ttwo" {
		t.Errorf("reason = %q", got)
	}
	if f.Text("bad") != "" || f.Error("bad") == nil {
		t.Error("a direction mark was let through")
	}
}

func TestASecretIsReadToTheLetterAndNeverShownAgain(t *testing.T) {
	f := sent(t, url.Values{"password": {"  two spaces  "}})
	if got := f.Secret("password"); got != "  two spaces  " {
		t.Errorf("password = %q", got)
	}
	if f.Typed("password") != "" || f.Chose("password", "  two spaces  ") {
		t.Error("a secret is shown again")
	}
}

func TestABodyThatIsTooLargeOrNotAFormIsRefused(t *testing.T) {
	cases := map[string]struct{ body, key string }{
		"bytes":    {"a=" + strings.Repeat("x", maxBytes), "form.too_large"},
		"fields":   {strings.Repeat("a=1&", maxFields), "form.too_large"},
		"escape":   {"a=%zz", "form.malformed"},
		"encoding": {"a=%ff%fe", "form.malformed"},
		"nul":      {"a=x%00y", "form.malformed"},
		"name":     {"%ff=x", "form.malformed"},
	}
	for name, c := range cases {
		_, err := post(t, c.body)
		if fs, ok := fault.As(err); !ok || fs[0].Key != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"role":"pilote"}`))
	r.Header.Set("Content-Type", "application/json")
	if _, err := Parse(httptest.NewRecorder(), r); !fault.Is(err, fault.KindInvalid) {
		t.Errorf("JSON: %v", err)
	}
}

func TestFaultsStandBesideTheirFields(t *testing.T) {
	f := With("email", "maude@", "role", "pilote")
	if !f.Fail(fault.Invalid("email", "first")) || !f.Fail(fault.Invalid("email", "second")) {
		t.Error("a fault isn't recorded")
	}
	f.Fail(fault.Conflict("stale"))
	if f.Fail(nil) || f.Fail(errors.New("disk full")) {
		t.Error("a defect is taken for a fault")
	}
	if got := f.Error("email").Key; got != "first" {
		t.Errorf("email shows %q", got)
	}
	if got := f.General(); len(got) != 1 || got[0].Key != "stale" {
		t.Errorf("general faults: %v", got)
	}
	if !f.Chose("role", "pilote") || f.Chose("role", "support") {
		t.Error("a choice is misremembered")
	}
}

func FuzzAForm(f *testing.F) {
	f.Add("a=1&a=2&b=%e2%80%ae")
	f.Fuzz(func(t *testing.T, body string) {
		form, err := decode(body)
		if err != nil {
			return
		}
		for name := range form.Values {
			if s := form.Get(name); strings.ContainsFunc(s, unseen) {
				t.Errorf("%q let %q through", body, s)
			}
		}
	})
}
