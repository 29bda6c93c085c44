package password

import (
	"errors"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"habilis/internal/fault"
	"habilis/internal/secret/password/plain"
)

// Context is whom a password is for.
type Context struct {
	Names        []string // first and last names
	Email        string
	Username     string
	Places       []string // names and numbers of the places where they work
	Product      string   // as people see it; "Habilis" counts always
	SecondFactor bool     // the account has one that can't be had with the mailbox: a code by e-mail is none
}

// floor is the least that a password must have.
type floor struct {
	runes int
	bits  float64
}

// The floors are CNIL's (deliberation 2022-100: 80 bits alone, 50 bits beside
// something else) and NIST's (SP 800-63B-4: 15 characters alone).
var (
	aloneFloor  = floor{15, 80}
	besideFloor = floor{12, 50}
)

func (c Context) floor() floor {
	if c.SecondFactor {
		return besideFloor
	}
	return aloneFloor
}

// Report is what there is to say of a password as it is typed.
type Report struct {
	Length   int     // characters as people count them: code points, composed
	Bits     float64 // see Bits
	MinRunes int
	MinBits  float64
	Alone    bool           // it would do with nothing beside it
	Level    int            // of the meter: 0 to 2 insufficient, 3 accepted, 4 strong
	Unmet    []*fault.Fault // the rules that it breaks, worst first
}

// Err is the first rule that the password breaks, beside the given form field;
// nil when it may be used.
func (r Report) Err(field string) error {
	if len(r.Unmet) == 0 {
		return nil
	}
	first := *r.Unmet[0]
	return first.On(field)
}

// levelKeys name the levels of the meter in words.
var levelKeys = [...]string{"password.level.0", "password.level.1", "password.level.2", "password.level.3", "password.level.4"}

// LevelKey is the message that names the level.
func (r Report) LevelKey() string { return levelKeys[r.Level] }

// Check judges a password before it is set. It doesn't know the other passwords
// of the same person, nor the current one.
func Check(typed string, c Context) Report {
	floor := c.floor()
	r := Report{MinRunes: floor.runes, MinBits: floor.bits}
	normal, err := normalise(typed)
	switch {
	case typed == "":
		r.unmet("password.short", "Count", floor.runes, "Missing", floor.runes)
		return r
	case errors.Is(err, errLong):
		r.Length = utf8.RuneCountInString(typed)
		r.unmet("password.long", "Count", MaxRunes)
		return r
	case err != nil:
		r.unmet("password.characters")
		return r
	}
	own := c.words()
	r.Length, r.Bits = utf8.RuneCountInString(normal), Bits(normal, own...)
	r.Alone = r.Length >= aloneFloor.runes && r.Bits >= aloneFloor.bits
	if word, found := own.within(normal); found {
		r.unmet("password.personal", "Word", word)
	}
	if common(normal) {
		r.unmet("password.common")
	}
	if r.Length < floor.runes {
		r.unmet("password.short", "Count", floor.runes, "Missing", floor.runes-r.Length)
	}
	if r.Bits < floor.bits {
		r.unmet("password.weak", "Count", int(math.Ceil((floor.bits-r.Bits)/wordBits)))
	}
	r.Level = r.level()
	return r
}

// wordBits is what a word picked at random among common ones adds, its space included.
const wordBits = 13

func (r *Report) unmet(key string, args ...any) {
	r.Unmet = append(r.Unmet, fault.Invalid("", key, args...))
}

func (r *Report) level() int {
	switch {
	case len(r.Unmet) == 0 && r.Bits >= r.MinBits+20:
		return 4
	case len(r.Unmet) == 0:
		return 3
	}
	return min(2, int(3*r.Bits/r.MinBits))
}

// common reports whether secret is, or is a slight disguise of, a breached
// password: capitals, accents, separators and leet letters don't count, nor does
// being written several times, nor what was put around it in digits and signs as
// long as that is less than the password itself.
func common(secret string) bool {
	folded := string(plain.Fold(secret).Runes)
	core := strings.TrimFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) })
	if 2*len(core) <= len(folded) {
		core = folded
	}
	for _, form := range []string{once(folded), once(core)} {
		for _, spelt := range unleet(form) {
			if loaded().breached(spelt) || loaded().breached(plain.Letters(spelt)) {
				return true
			}
		}
	}
	return false
}

// once is the part that s repeats, or s.
func once(s string) string {
	if s == "" {
		return s
	}
	period := strings.Index((s + s)[1:], s) + 1
	return s[:period]
}

// unleet gives s as it is and with letters for the digits and signs of leet, in
// its two readings of 1.
func unleet(s string) []string {
	read := func(nth int) string {
		return strings.Map(func(r rune) rune {
			if letters := leet[r]; letters != "" {
				return rune(letters[min(nth, len(letters)-1)])
			}
			return r
		}, s)
	}
	return []string{s, read(0), read(1)}
}
