package postgres

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestAFolderClosedToTheServersAccountIsNamed(t *testing.T) {
	closed := filepath.Join(t.TempDir(), "closed")
	folder := filepath.Join(closed, "cluster")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	other := account{name: "someone", uid: os.Geteuid() + 1, gid: os.Getegid() + 1, dropped: true}
	var refused *ClosedFolderError
	if err := other.reach(folder); !errors.As(err, &refused) || refused.Closed != folder {
		t.Errorf("got %v", err)
	}
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	if err := other.reach(folder); !errors.As(err, &refused) || refused.Closed != closed {
		t.Errorf("got %v", err)
	}
	if err := other.reach("/usr"); err != nil {
		t.Errorf("an open folder: %v", err)
	}
}
