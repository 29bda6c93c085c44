package mail_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"habilis/internal/mail"
)

func TestTheDemosMailboxKeepsWhatIsSent(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "mail")
	box, err := mail.NewMailbox(folder)
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t, "CLSC des Érables")
	next := o.work(box)
	o.send(temporary(o.person("un@exemple.ca")))
	next()
	second := o.person("deux@exemple.ca")
	o.send(temporary(second))
	next()
	kept, err := box.List()
	if err != nil || len(kept) != 2 || kept[0].To != "<"+second.email+">" || kept[1].HTML != "" {
		t.Fatalf("%v, %+v", err, kept)
	}
	one, err := box.Read(kept[1].ID)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(one.From, "CLSC des Érables (Habilis)") || !strings.HasPrefix(one.Subject, "CLSC des Érables") ||
		!strings.Contains(one.Text, "TNguyen") || !strings.Contains(one.HTML, "<h1>") || !one.Date.Equal(o.clock.Now()) {
		t.Errorf("got %+v", one)
	}
	checkModes(t, folder)
}

func checkModes(t *testing.T, folder string) {
	t.Helper()
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%v, %v", entries, err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", entry.Name(), info.Mode(), err)
		}
	}
}

func TestTheMailboxGivesNothingElseOfTheMachine(t *testing.T) {
	box, err := mail.NewMailbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"", "../secret", "/etc/passwd", "0190b2c4-0000-7000-8000-00000000000/", "0190b2c4-0000-7000-8000-000000000000"} {
		if _, err := box.Read(id); !errors.Is(err, mail.ErrNotKept) {
			t.Errorf("%q: %v", id, err)
		}
	}
}
