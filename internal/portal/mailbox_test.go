package portal

import (
	"net/http/httptest"
	"testing"
	"time"

	"habilis/web/page"
)

func TestAddressesInALetterCanBeFollowed(t *testing.T) {
	got := pieces("Ouvrir : https://habilis.example/p/1042/?a=b&c=d (dès maintenant)")
	want := page.LetterLine{
		{Text: "Ouvrir : "},
		{Text: "https://habilis.example/p/1042/?a=b&c=d", URL: "https://habilis.example/p/1042/?a=b&c=d"},
		{Text: " (dès maintenant)"},
	}
	if len(got) != len(want) {
		t.Fatalf("cut into %q, want %q", got, want)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("piece %d is %q, want %q", i, got[i], want[i])
		}
	}
	for _, silent := range []string{"", "javascript:alert(1)"} {
		for _, piece := range pieces(silent) {
			if piece.URL != "" {
				t.Errorf("%q became a link", silent)
			}
		}
	}
}

// The mailbox and the page of a failure are shown without a session.
func TestAPageWithoutASessionIsShown(t *testing.T) {
	s := &Server{clock: time.Now}
	v := s.stranger(httptest.NewRecorder(), httptest.NewRequest("GET", "/demo/mail", nil))
	if f := v.bare("Courriels"); f.Flash != "" {
		t.Errorf("it says %q", f.Flash)
	}
}
