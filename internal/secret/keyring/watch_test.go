package keyring

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// onDisk is a ring of a file with a key.
func onDisk(t *testing.T) (*Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("# ours\n"+Generate(day)), 0o600); err != nil { // no end of line, as editors leave it
		t.Fatal(err)
	}
	r, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return r, path
}

func TestAKeyThatAnotherProcessAddsIsKnownWhenItIsNeeded(t *testing.T) {
	here, path := onDisk(t)
	there, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	old := here.Seal([]byte("avant"), nil)
	if err := there.Append(day.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	fresh := there.Seal([]byte("après"), nil)
	if here.Newest() == there.Newest() || !there.NeedsRotation(old) {
		t.Fatal("the newest is not the one that was added")
	}
	if got, err := here.Open(fresh, nil); err != nil || string(got) != "après" {
		t.Errorf("%q, %v", got, err)
	}
	if here.Newest() != there.Newest() || len(here.IDs()) != 2 {
		t.Errorf("it seals under %s, the other under %s", here.Newest(), there.Newest())
	}
	if got, err := there.Open(old, nil); err != nil || string(got) != "avant" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAKeyFileIsWrittenWholeAndForItsOwnerAlone(t *testing.T) {
	r, path := onDisk(t)
	first := r.Newest()
	if err := r.Append(day.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	second := r.Newest()
	if err := r.Drop(first, second); err != nil { // the newest stays
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "# ours\n"+second+" ") || strings.Contains(string(text), first) {
		t.Errorf("%v:\n%s", err, text)
	}
	about, err := os.Stat(path)
	if err != nil || about.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", about.Mode(), err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFileThatCannotBeUsedLeavesTheKeysFromBefore(t *testing.T) {
	r, path := onDisk(t)
	sealed := r.Seal([]byte("secret"), nil)
	if err := os.WriteFile(path, []byte("n'importe quoi\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.reload(); err == nil || strings.Contains(err.Error(), "importe") {
		t.Errorf("reload: %v", err)
	}
	if got, err := r.Open(sealed, nil); err != nil || string(got) != "secret" {
		t.Errorf("%q, %v", got, err)
	}
	if err := r.Append(day); err == nil {
		t.Error("a key was added to a file that can't be used")
	}
}
