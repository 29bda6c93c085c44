package portal

import "testing"

func TestTheJournalWritesOutWhatWouldNotBeSeen(t *testing.T) {
	cases := map[string]string{
		"Nguyễn Thị Minh Khai": "Nguyễn Thị Minh Khai",
		"Roy\u202egnidnes":     `Roy\u{202E}gnidnes`,
		"a\x00b\nc":            `a\u{0000}b\u{000A}c`,
		"zero\u200bwidth":      `zero\u{200B}width`,
		"O’Brien <b>":          "O’Brien <b>",
	}
	for written, want := range cases {
		if got := visible(written); got != want {
			t.Errorf("%q is shown as %q, want %q", written, got, want)
		}
	}
}
