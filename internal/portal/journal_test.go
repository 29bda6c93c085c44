package portal

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"habilis/internal/help"
	"habilis/internal/i18n"
	"habilis/internal/journal"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
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

func TestTheJournalSaysNoCodes(t *testing.T) {
	v := visiting("/")
	catalogue, err := kinds.Load()
	if err != nil {
		t.Fatal(err)
	}
	v.Server.Tenants = tenants.New(nil, catalogue)
	for _, f := range reflect.VisibleFields(reflect.TypeFor[tenants.Policies]()) {
		if name := f.Tag.Get("json"); !v.say.Has("page.journal.field." + name) {
			t.Errorf("the setting %s has no name", name)
		}
	}
	codes := map[string][]string{"locale": {"fr-CA", "fr-FR", "en-CA"}, "what": {string(help.WantBackup), string(help.WantFactor), string(help.WantEmail)}}
	for _, c := range choices {
		codes[c.name] = c.admitted
	}
	for _, kind := range catalogue {
		codes["kind"] = append(codes["kind"], kind.Key)
		for _, flag := range kind.Flags {
			codes["flags"] = append(codes["flags"], flag.Key)
		}
	}
	for name, values := range codes {
		for _, value := range values {
			if said := v.fact(name, value); said == value {
				t.Errorf("%s is said as %q", name, said)
			}
		}
	}
}

var actKey = regexp.MustCompile(`"journal\.act\.([a-z_]+)\.`)

func TestTheJournalIsNarrowedToEachRoomOfActs(t *testing.T) {
	files, err := filepath.Glob("../i18n/messages/*.fr.toml")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range actKey.FindAllSubmatch(text, -1) {
			if room := string(m[1]); !slices.Contains(journal.Areas, room) {
				t.Errorf("%s: no filter for the acts of %s", file, room)
			}
		}
	}
}
