package portal

import (
	"strings"
	"testing"

	"habilis/internal/i18n"
	"habilis/internal/journal"
)

func TestAPersonsReasonIsNotTakenForThePortalsOwn(t *testing.T) {
	const key = "roles.support_only"
	v := &visit{say: i18n.For("fr-CA")}
	line := journal.Line{Result: "done", Facts: journal.Facts{Reason: key}}
	if got := v.journalReason(line); !strings.Contains(got, key) {
		t.Errorf("what a person wrote is shown as %q", got)
	}
	line.Result = "refused"
	if got := v.journalReason(line); got == "" || strings.Contains(got, key) {
		t.Errorf("a refusal is shown as %q", got)
	}
}

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

func TestAnInstantInTheJournalIsSaidAsPeopleSayIt(t *testing.T) {
	if said := visiting("/").fact("until", "2026-11-22T14:33:44Z"); strings.Join(strings.Fields(said), " ") != "22 novembre 2026, 9 h 33" {
		t.Errorf("it says %q", said)
	}
}
