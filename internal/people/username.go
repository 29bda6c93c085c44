package people

import (
	"strconv"
	"strings"
	"unicode"

	"go.mau.fi/util/confusable"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"habilis/internal/fault"
	"habilis/internal/search"
)

// Username is the name that a person signs in with.
type Username struct{ name string }

// Lengths of a user name, in characters.
const (
	minUsername = 3
	maxUsername = 64
)

// ParseUsername reads a user name: Latin letters, digits, and . _ - ' between
// them, at least one letter. Other alphabets are refused: half the letters of
// Cyrillic and Greek can't be told from Latin ones.
func ParseUsername(s string) (Username, error) {
	s = strings.ReplaceAll(norm.NFKC.String(strings.TrimSpace(s)), "’", "'")
	length := len([]rune(s))
	switch {
	case s == "":
		return Username{}, fault.Invalid("username", "field.required")
	case strings.ContainsFunc(s, func(r rune) bool { return !usernameRune(r) }):
		return Username{}, fault.Invalid("username", "field.username.characters")
	case length < minUsername || length > maxUsername:
		return Username{}, fault.Invalid("username", "field.username.length", "Min", minUsername, "Max", maxUsername)
	case strings.Trim(s, usernameMarks) != s || !strings.ContainsFunc(s, unicode.IsLetter):
		return Username{}, fault.Invalid("username", "field.username.shape")
	}
	return Username{s}, nil
}

// String is the user name as typed.
func (u Username) String() string { return u.name }

// Key is the same for two user names that a person could take for one another:
// they differ in capitals, in width, or in letters that look alike (0 and O; 1,
// l and I; m and rn).
func (u Username) Key() string { return skeleton(u.name) }

const usernameMarks = "._-'"

// usernameRune reports the characters of a user name. Latin letters are those of
// living alphabets, accents included; phonetic signs imitate them too well.
func usernameRune(r rune) bool {
	switch {
	case r >= '0' && r <= '9', strings.ContainsRune(usernameMarks, r):
		return true
	case !unicode.Is(unicode.Latin, r) || !unicode.IsLetter(r):
		return false
	}
	return r < 0x0250 || r >= 0x1e00 && r <= 0x1eff
}

// skeleton applies the skeleton of UTS #39 and case folding until neither
// changes anything: each makes work for the other. Then i is taken for l,
// because I is, and case is gone.
func skeleton(s string) string {
	fold := cases.Fold()
	s = fold.String(norm.NFKC.String(s))
	for {
		next := fold.String(norm.NFKC.String(confusable.Skeleton(s)))
		next = strings.ReplaceAll(next, "i", "l")
		if next == s {
			return s
		}
		s = next
	}
}

// shared are words that name a desk or a function rather than a person. Words
// that are surnames too (Garde, Bureau, Service) are left out.
var shared = wordSet(`
	accueil reception secretariat secretaire secretary frontdesk helpdesk
	admin administrateur administratrice administrator administration root superuser
	info infos information informations contact support soutien direction
	comptabilite informatique pilote stagiaire remplacant remplacante
	user utilisateur utilisatrice usager invite guest visiteur equipe team staff
	commun partage shared generique generic general office
	mail courriel email noreply webmaster postmaster
	test demo temp tempo temporaire urgence urgences triage clinique garderie`)

func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// GenericName reports a name such as "accueil", "Secrétariat 2" or "admin.clsc",
// which looks like several people's: it is questioned, not refused.
func GenericName(s string) bool {
	words := strings.FieldsFunc(SearchKey(s), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, word := range words {
		if shared[word] {
			return true
		}
	}
	return false
}

// maxProposal is how long a proposed user name may be before its number.
const maxProposal = 30

// ProposeUsername makes a user name of a person's names: EGagnon, then EGagnon2
// and so on while taken says that the key is. It is empty for names without
// Latin letters, and when nothing free is near.
func ProposeUsername(given, family string, taken func(key string) bool) string {
	first, last := plainName(given), plainName(family)
	base := last
	if first != "" {
		base = first[:1] + last
	}
	if len(base) < minUsername {
		base = first + last
	}
	return numbered(base, taken)
}

// ProposeFullUsername is ProposeUsername in the style Elise.Gagnon.
func ProposeFullUsername(given, family string, taken func(key string) bool) string {
	return numbered(strings.Trim(plainName(given)+"."+plainName(family), "."), taken)
}

// numbered is the first free name among base, base2, base3…
func numbered(base string, taken func(key string) bool) string {
	if len(base) > maxProposal {
		base = strings.TrimRight(base[:maxProposal], ".")
	}
	for n := 1; n < 1000; n++ {
		name := base
		if n > 1 {
			name += strconv.Itoa(n)
		}
		u, err := ParseUsername(name)
		if err != nil {
			return ""
		}
		if !taken(u.Key()) {
			return name
		}
	}
	return ""
}

// plainName writes a name in ASCII letters, each of its words with a capital:
// "de La Tour-du-Pin" is DeLaTourDuPin.
func plainName(s string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(search.Unaccented(s), func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' && r != '’' }) {
		word = strings.Map(asciiLetter, word)
		if word == "" {
			continue
		}
		rest := word[1:]
		if word == strings.ToUpper(word) {
			rest = strings.ToLower(rest)
		}
		b.WriteString(strings.ToUpper(word[:1]) + rest)
	}
	return b.String()
}

func asciiLetter(r rune) rune {
	if r < 0x80 && unicode.IsLetter(r) {
		return r
	}
	return -1
}
