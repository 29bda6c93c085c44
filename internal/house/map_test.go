package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

var (
	link   = regexp.MustCompile(`\]\(([^)#\s]+)`)
	quoted = regexp.MustCompile("`((?:cmd|docs|internal|migrations|web)/[^`\\s]*)`")
	fenced = regexp.MustCompile("(?s)```.*?```")
)

// documents are what newcomers read.
func documents(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(root + "/docs/*.md")
	if err != nil || len(found) == 0 {
		t.Fatalf("no document was found (%v)", err)
	}
	return append(found, root+"/README.md")
}

func TestEveryPathThatTheDocumentsNameIsThere(t *testing.T) {
	for _, document := range documents(t) {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Error(err)
			continue
		}
		prose := fenced.ReplaceAllString(string(text), "")
		for _, m := range link.FindAllStringSubmatch(prose, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			exists(t, document, filepath.Join(filepath.Dir(document), m[1]))
		}
		for _, m := range quoted.FindAllStringSubmatch(prose, -1) {
			exists(t, document, filepath.Join(root, m[1]))
		}
	}
}

func exists(t *testing.T, document, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Errorf("%s names %s, which is not there", filepath.Base(document), path)
	}
}

func TestEveryRoomIsOnTheMap(t *testing.T) {
	text, err := os.ReadFile(root + "/docs/newcomers.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms(t) {
		if !onTheMap(string(text), r.name) {
			t.Errorf("docs/newcomers.md does not name %s", r.name)
		}
	}
}

// onTheMap reports whether a room, or the one that it is part of, is named.
func onTheMap(text, room string) bool {
	for ; strings.Contains(room, "/"); room = filepath.Dir(room) {
		if strings.Contains(text, "(../"+room+")") {
			return true
		}
	}
	return strings.Contains(text, "(../"+room+")")
}
