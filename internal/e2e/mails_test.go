package e2e_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"habilis/internal/mail"
)

// letter waits for a mail to an address whose subject contains some words.
func (s *server) letter(t testing.TB, to, subject string) *mail.Kept {
	t.Helper()
	var found *mail.Kept
	eventually(t, "a mail to "+to+" about “"+subject+"”", func() bool {
		for _, one := range s.letters(t, to) {
			if strings.Contains(plain(one.Subject), plain(subject)) {
				found = one
				return true
			}
		}
		return false
	})
	return found
}

// letterAgain is the last of so many mails to an address about the same.
func (s *server) letterAgain(t testing.TB, to, subject string, times int) (last *mail.Kept) {
	t.Helper()
	eventually(t, "a mail to "+to+" about “"+subject+"” once more", func() bool {
		n := 0
		for _, one := range s.letters(t, to) {
			if strings.Contains(plain(one.Subject), plain(subject)) {
				if n++; n == 1 {
					last = one
				}
			}
		}
		return n >= times
	})
	return last
}

// letters are the mails to an address, newest first.
func (s *server) letters(t testing.TB, to string) []*mail.Kept {
	t.Helper()
	kept, err := s.mails.List()
	if err != nil {
		t.Fatal(err)
	}
	var found []*mail.Kept
	for _, one := range kept {
		if !strings.Contains(strings.ToLower(one.To), strings.ToLower(to)) {
			continue
		}
		whole, err := s.mails.Read(one.ID)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, whole)
	}
	return found
}

func plain(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "’", "'")
}

var temporary = regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){6}`)

// temporaryIn is the temporary password in a mail.
func temporaryIn(t testing.TB, letter *mail.Kept) string {
	t.Helper()
	found := temporary.FindString(letter.Text)
	if found == "" {
		t.Fatalf("no temporary password in the mail:\n%s", letter.Text)
	}
	return found
}

var address = regexp.MustCompile(`https?://[^\s"<>]+`)

// eventually asks again and again until condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-deadline.C:
			t.Fatalf("waited in vain for %s", what)
		case <-again.C:
		}
	}
}
