package kinds

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func small(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/small.toml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheSmallKindIsSound(t *testing.T) {
	if _, err := Parse("small.toml", []byte(small(t))); err != nil {
		t.Fatal(err)
	}
}

func TestAWrongFileIsRefusedWithItsLineAndTheReason(t *testing.T) {
	const slots = "slots    = { view = \"all\", edit = \"none\" }"
	for _, c := range []struct{ what, old, new, want string }{
		{"not TOML", `key  = "small"`, `key  = small`, `small.toml:2: unexpected character U+0073 's' at start of value`},
		{"the wrong type", `default     = true`, `default     = "yes"`, `small.toml:64: cannot decode TOML string into bool`},
		{"an unknown key", `min_holders         = 1`, `min_holder          = 1`, `small.toml:85: unknown key roles.min_holder`},
		{"an unknown table", `[policies]`, `[policy]`, `small.toml:100: unknown key policy`},
		{"another file's key", `key  = "small"`, `key  = "smal"`, `small.toml:2: key "smal" is not the file's name: write "small"`},
		{"a way of choosing that there is not", `key  = "small"`, "key  = \"small\"\nroles_choice = \"boxes\"", `small.toml:3: roles_choice: "boxes" is not one of "one", "ticks"`},
		{"a name in one language", `{ fr = "Petit", en = "Small" }`, `{ fr = "Petit" }`, `small.toml:3: name: en is missing or empty`},
		{"a malformed key", `key         = "lead"`, `key         = "Mission lead"`, `small.toml:97: flag: key "Mission lead": write 1 to 40 of a-z, 0-9 and _, a letter first`},
		{"two areas of a key", `key    = "calendar"`, `key    = "slots"`, "small.toml:17: area \"slots\": there are two\nsmall.toml:68: role \"plain\": area \"calendar\" is unknown\nsmall.toml:77: role \"middle\": area \"calendar\" is unknown\nsmall.toml:89: role \"pilot\": area \"calendar\" is unknown"},
		{"an area of no module", "module = \"work\"\nname   = { fr = \"Plages\"", "module = \"play\"\nname   = { fr = \"Plages\"", "small.toml:12: area \"slots\": module \"play\" is unknown\nsmall.toml:67: role \"plain\" is of the module \"work\": area \"slots\" is of the module \"play\"\nsmall.toml:76: role \"middle\" is of the module \"work\": area \"slots\" is of the module \"play\""},
		{"an unknown scope", "view   = [\"own\", \"all\"]", "view   = [\"own\", \"most\", \"all\"]", `small.toml:20: area "calendar": view: "most" is not a scope: write none, own, assigned or all`},
		{"a scope twice", "view   = [\"own\", \"all\"]", "view   = [\"own\", \"all\", \"own\"]", `small.toml:20: area "calendar": view: "own" twice`},
		{"edit beyond view", "edit   = [\"own\", \"all\"]", "edit   = [\"own\", \"assigned\", \"all\"]", `small.toml:21: area "calendar": edit admits assigned, which view does not`},
		{"edit without a scope under view's narrowest", "view   = [\"own\", \"all\"]\nedit   = [\"own\", \"all\"]", "view   = [\"own\", \"all\"]\nedit   = [\"all\"]", "small.toml:21: area \"calendar\": edit admits nothing as narrow as own, which view admits\nsmall.toml:68: role \"plain\": cell \"calendar\": edit \"own\": the area admits all\nsmall.toml:77: role \"middle\": cell \"calendar\": edit \"own\": the area admits all"},
		{"a name for a scope not admitted", `scopes = { own =`, `scopes = { none =`, `small.toml:22: area "calendar": scopes: "none" is not a scope that the area admits`},
		{"an admin area of another scope", "view   = [\"none\", \"all\"]\nedit   = [\"none\", \"all\"]\n[[roles]]", "view   = [\"none\", \"own\", \"all\"]\nedit   = [\"none\", \"own\", \"all\"]\n[[roles]]", `small.toml:57: area "settings": an area of the module "admin" admits none, all`},
		{"an admin area missing", "key    = \"reviews\"\nmodule = \"admin\"", "key    = \"reviews\"\nmodule = \"work\"", `small.toml:10: module "admin": area "reviews" is missing`},
		{"an admin area too many", "key    = \"slots\"\nmodule = \"work\"", "key    = \"slots\"\nmodule = \"admin\"", `small.toml:11: area "slots": the module "admin" has only people, roles, records, reviews, journal, settings`},
		{"a role of no module", "key         = \"middle\"\nmodule      = \"work\"", "key         = \"middle\"\nmodule      = \"\"", "small.toml:71: role \"middle\": module \"\" is unknown\nsmall.toml:76: role \"middle\" is of the module \"\": area \"slots\" is of the module \"work\"\nsmall.toml:77: role \"middle\" is of the module \"\": area \"calendar\" is of the module \"work\""},
		{"a cell of no area", slots, strings.Replace(slots, "slots   ", "shelves ", 1), `small.toml:67: role "plain": area "shelves" is unknown`},
		{"a scope not admitted in a cell", slots, strings.Replace(slots, `"all"`, `"own"`, 1), `small.toml:67: role "plain": cell "slots": view "own": the area admits none, all`},
		{"a cell half said", slots, `slots    = { view = "all" }`, `small.toml:67: role "plain": cell "slots": edit: "" is not a scope: write none, own, assigned or all`},
		{"edit wider than view", `calendar = { view = "own", edit = "own" }`, `calendar = { view = "own", edit = "all" }`, "small.toml:68: role \"plain\": cell \"calendar\": edit \"all\" is wider than view \"own\""},
		{"a cell that must be said", `calendar = { view = "own", edit = "own" }`, ``, `small.toml:66: role "plain": area "calendar" does not admit none: give it a cell`},
		{"no default role", `default     = true`, `default     = false`, `small.toml:59: no role is the default one`},
		{"two default roles", `granted_by  = ["pilot"]`, "default = true\ngranted_by  = [\"pilot\"]", `small.toml:74: role "middle" is a second default role: "plain" is one`},
		{"an exclusive default role", `default     = true`, "default = true\nexclusive = true", `small.toml:64: role "plain" is the default one and can't be exclusive`},
		{"a default role that only support gives", `granted_by  = ["middle", "pilot"]`, `granted_by  = []`, `small.toml:64: role "plain" is the default one: say in granted_by who may give it`},
		{"nobody who edits settings", `settings = { view = "all", edit = "all" }`, `settings = { view = "all", edit = "none" }`, `small.toml:59: no role may edit all areas of the module "admin"`},
		{"an unknown giver", `granted_by  = ["middle", "pilot"]`, `granted_by  = ["middle", "boss"]`, `small.toml:65: role "plain": granted_by: role "boss" is unknown`},
		{"a giver twice", `granted_by  = ["middle", "pilot"]`, `granted_by  = ["pilot", "pilot"]`, `small.toml:65: role "plain": granted_by: "pilot" twice`},
		{"a giver who can't give", `granted_by  = ["middle", "pilot"]`, `granted_by  = ["plain", "pilot"]`, `small.toml:65: role "plain": granted_by: role "plain" can't give roles: its cell "roles" does not edit all`},
		{"a giver of more than it has", `slots    = { view = "all", edit = "all" }`, `slots    = { view = "none", edit = "none" }`, `small.toml:65: role "plain": granted_by: role "middle" has not all that it would give and can't edit settings`},
		{"a pair with nobody", `granted_by  = ["pilot"]`, `pairs_with = "twin"`, `small.toml:74: role "middle": pairs_with: role "twin" is unknown`},
		{"a pair one way", `granted_by  = ["pilot"]`, `pairs_with = "plain"`, `small.toml:74: role "middle": pairs_with: role "plain" does not pair with it in return`},
		{"holders below none", `min_holders         = 1`, `min_holders         = -1`, `small.toml:85: role "pilot": min_holders: -1 is not within 0 to 100`},
		{"an unknown factor", `needs_second_factor = "strong"`, `needs_second_factor = "sms"`, `small.toml:86: role "pilot": needs_second_factor: "sms" is not one of "", "any", "strong"`},
		{"a flag without description", `description = { fr = "À appeler.", en = "To be called." }`, ``, "small.toml:96: flag \"lead\": description: fr is missing or empty\nsmall.toml:96: flag \"lead\": description: en is missing or empty"},
		{"an unknown policy value", `second_factor            = "roles"`, `second_factor            = "some"`, `small.toml:101: policies.second_factor: "some" is not one of none, roles, everyone`},
		{"a policy out of bounds", `temporary_password_hours = 24`, `temporary_password_hours = 96`, `small.toml:106: policies.temporary_password_hours: 96 is not within 1 to 72`},
		{"a policy left out", `invitation_days          = 14`, ``, `small.toml:100: policies.invitation_days: 0 is not within 1 to 60`},
		{"mail without an address", `email_required           = true`, `email_required           = false`, `small.toml:104: policies: "first_access" is "temporary_password", which goes by mail, but "email_required" is off`},
		{"a time zone of nowhere", `America/Toronto`, `America/Trois-Rivières`, `small.toml:110: policies: "time_zone": "America/Trois-Rivières" is not the IANA name of a time zone`},
		{"a word missing", `place         = "application"`, ``, `small.toml:113: words.fr.place is missing or empty`},
		{"a word that is empty", `add_title     = "Ajout d'une ressource"`, `add_title     = " "`, `small.toml:133: words.fr.add_title is missing or empty`},
		{"a word without its place to fill", `"Application nº {n}"`, `"Application"`, `small.toml:121: words.fr.number_line: "Application" should have {n}`},
		{"a word with a place too many", `"votre application"`, `"votre {place}"`, `small.toml:119: words.fr.your_place: "votre {place}" should have no {placeholder}`},
		{"a phrase that changes nothing", `[words.fr]`, "[phrases.fr]\n\"rôle\" = \"rôle\"\n[words.fr]", `small.toml:114: phrases.fr: "rôle" = "rôle": write two different phrases, from a letter to a letter`},
		{"a phrase that isn't words", `[words.fr]`, "[phrases.en]\n\"role \" = \"group\"\n[words.fr]", `small.toml:114: phrases.en: "role " = "group": write two different phrases, from a letter to a letter`},
		{"a state missing in English", `blocked  = "Blocked"`, ``, `small.toml:274: words.en.states.blocked is missing or empty`},
	} {
		t.Run(c.what, func(t *testing.T) {
			text := small(t)
			broken := strings.Replace(text, c.old, c.new, 1)
			if broken == text {
				t.Fatalf("%q is not in the small kind", c.old)
			}
			_, err := Parse("small.toml", []byte(broken))
			if err == nil {
				t.Fatalf("accepted; want %s", c.want)
			}
			if err.Error() != c.want {
				t.Errorf("refused with\n%s\nwant\n%s", err, c.want)
			}
		})
	}
}

// Who adds people gives them the default role; the other roles take an editor of
// roles.
func TestWhoAddsPeopleMayGiveTheDefaultRoleAlone(t *testing.T) {
	const gives = "roles    = { view = \"all\", edit = \"all\" }\n[[roles]]"
	adds := strings.Replace(small(t), gives, strings.Replace(gives, `edit = "all"`, `edit = "none"`, 1), 1)
	if _, err := Parse("small.toml", []byte(adds)); err != nil {
		t.Error(err)
	}
	other := strings.Replace(adds, `granted_by  = ["pilot"]`, `granted_by  = ["middle"]`, 1)
	want := `small.toml:74: role "middle": granted_by: role "middle" can't give roles: its cell "roles" does not edit all`
	if _, err := Parse("small.toml", []byte(other)); err == nil || err.Error() != want {
		t.Errorf("refused with\n%v\nwant\n%s", err, want)
	}
}

func TestAllThatIsWrongInAllFilesIsSaidAtOnce(t *testing.T) {
	text := small(t)
	broken := strings.Replace(text, `min_holders         = 1`, `min_holders         = 999`, 1)
	broken = strings.Replace(broken, `{ fr = "Petit", en = "Small" }`, `{}`, 1)
	_, err := load(fstest.MapFS{
		"small.toml": {Data: []byte(broken)},
		"other.toml": {Data: []byte("nothing")},
		"notes.txt":  {Data: []byte("not a kind")},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	want := `other.toml:1: expected '=' after key
small.toml:3: name: fr is missing or empty
small.toml:3: name: en is missing or empty
small.toml:85: role "pilot": min_holders: 999 is not within 0 to 100`
	if err.Error() != want {
		t.Errorf("refused with\n%s\nwant\n%s", err, want)
	}
}

func TestAKindWithoutWordsIsToldSoOnce(t *testing.T) {
	text, _, _ := strings.Cut(small(t), "[words.fr]")
	_, err := Parse("small.toml", []byte(text))
	want := "small.toml:1: words.fr: all words are missing\nsmall.toml:1: words.en: all words are missing"
	if err == nil || err.Error() != want {
		t.Errorf("refused with\n%v\nwant\n%s", err, want)
	}
}

func FuzzParseNeverPanicsAndSaysALineOfTheFile(f *testing.F) {
	f.Add(small(f))
	f.Add("[[roles]]\nkey = 1")
	f.Add("[[areas]]\n[areas.scopes.own]\n[[areas.view]]\nroles = [{ grid.slots.view = \"all\" }]")
	f.Add("roles = [{ key = \"a\" }]\n[roles.grid]\n")
	f.Add("\"a.b\".c = 1\r\n[words]\nfr.place = \"\"")
	f.Fuzz(func(t *testing.T, text string) {
		_, err := Parse("small.toml", []byte(text))
		if err == nil {
			return
		}
		for _, p := range err.(Problems) {
			if p.Line < 1 || p.Line > 1+strings.Count(text, "\n") || p.Reason == "" {
				t.Errorf("%v: the file has %d lines", p, 1+strings.Count(text, "\n"))
			}
		}
	})
}
