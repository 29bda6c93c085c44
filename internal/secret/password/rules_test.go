package password

import (
	"slices"
	"strings"
	"testing"

	"habilis/internal/fault"
)

var marie = Context{
	Names: []string{"Marie-Ève", "Tremblay-Roy"}, Email: "meve.tremblay@jardins-laval.qc.ca", Username: "MTremblay42",
	Places: []string{"Résidence Les Jardins de Laval", "104233"}, Product: "Habilis",
}

func keysOf(r Report) []string {
	var keys []string
	for _, f := range r.Unmet {
		keys = append(keys, strings.TrimPrefix(f.Key, "password."))
	}
	return keys
}

func TestARefusedPasswordSaysEachRuleThatItBreaks(t *testing.T) {
	beside := marie
	beside.SecondFactor = true
	for _, c := range []struct {
		typed   string
		context Context
		want    string
	}{
		{"", marie, "short"},
		{"court", marie, "common short weak"},
		{"kT7#xQ9m&Zp2!L", marie, "short"},
		{"kT7#xQ9m&Zp2!Lw", marie, ""},
		{"kT7#xQ9m&Zp", beside, "short"},
		{"kT7#xQ9m&Zp2", beside, ""},
		{"cheval batterie agrafe correcte", marie, "weak"},
		{"cheval batterie agrafe correcte", beside, ""},
		{"emparer moulin tambour vitrine courbe lampadaire", marie, ""},
		{"la fenêtre du voisin reste ouverte tout l'hiver", marie, ""},
		{"passwordpassword", marie, "common weak"},
		{"Motdepasse123456!", marie, "common weak"},
		{"M0t de p@sse!!!!!", marie, "common weak"},
		{"P@ssw0rd", beside, "common short weak"},
		{"1qaz2wsx3edc4rfv", marie, "common weak"},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", marie, "weak"},
		{"azertyuiopqsdfghjklmwxcvbn", marie, "weak"},
		{"kT7#xQ9m&Zp2!Lw Tremblay", marie, "personal"},
		{"kT7#xQ9m&Zp2!Lw tr3mbl4y", marie, "personal"},
		{"kT7#xQ9m&Zp2!Lw T r e m b l a y", marie, "personal"},
		{"kT7#xQ9m&Zp2!Lw yalbmert", marie, "personal"},
		{"kT7#xQ9m&Zp2!Lw MARIE\u0300VE", marie, "personal"},
		{"emparerMoulinRoyVitrineCourbeLampadaire", marie, "personal"},
		{"emparer royaume tambour vitrine courbe lampadaire", marie, ""},
		{"emparer laval tambour vitrine courbe lampadaire", marie, "personal"},
		{"emparer jardins tambour vitrine courbe lampadaire", marie, "personal"},
		{"emparer résidence tambour vitrine courbe lampadaire", marie, ""},
		{"kT7#xQ9m&Zp2!Lw 104233", marie, "personal"},
		{"kT7#xQ9m&Zp2!Lw habilis", marie, "personal"},
		{"kT7#xQ9m&Zp2!Lw habilis", Context{}, "personal"},
		{"kT7#xQ9m&Zp2!Lw\x00", marie, "characters"},
		{"kT7#xQ9m&Zp2!Lw\xff", marie, "characters"},
		{strings.Repeat("kT7#xQ9m", 33), marie, "long"},
		{strings.Repeat("é", 257), marie, "long"},
	} {
		if got := strings.Join(keysOf(Check(c.typed, c.context)), " "); got != c.want {
			t.Errorf("Check(%q) with second factor %v: unmet %q, want %q", c.typed, c.context.SecondFactor, got, c.want)
		}
	}
}

func TestALongPasswordIsWelcome(t *testing.T) {
	long := strings.Repeat("fenêtre moulin! ", 16)
	if r := Check(long, marie); r.Length != 256 || slices.Contains(keysOf(r), "long") {
		t.Errorf("256 characters: length %d, unmet %v", r.Length, keysOf(r))
	}
}

func TestTheReportCountsWhatIsMissing(t *testing.T) {
	r := Check("Zp2!LwkT7#xQ", marie)
	if r.Length != 12 || r.Unmet[0].Args["Missing"] != 3 || r.Unmet[0].Args["Count"] != 15 {
		t.Errorf("length %d, %v", r.Length, r.Unmet[0].Args)
	}
	if words := Check("cheval batterie agrafe correcte", marie).Unmet[0].Args["Count"]; words != 1 {
		t.Errorf("words to add: %v, want 1", words)
	}
}

func TestAccentsCountOnceHoweverTheyAreTyped(t *testing.T) {
	composed, decomposed := Check("élève", marie), Check("e\u0301le\u0300ve", marie)
	if composed.Length != 5 || decomposed.Length != 5 || composed.Bits != decomposed.Bits {
		t.Errorf("composed %d runes %.1f bits, decomposed %d runes %.1f bits", composed.Length, composed.Bits, decomposed.Length, decomposed.Bits)
	}
}

func TestTheMeterReachesTheTopOnlyWhenAllRulesAreMet(t *testing.T) {
	for typed, want := range map[string]int{
		"": 0, "aaaa": 0, "Montréal 2026 !": 1, "cheval batterie agrafe correcte": 2, "kT7#xQ9m&Zp2!Lw Tremblay": 2,
		"fqzjwkxvbmtrhpgns": 3, "emparer moulin tambour vitrine courbe lampadaire orchestre": 4,
	} {
		if got := Check(typed, marie).Level; got != want {
			t.Errorf("level of %q is %d, want %d", typed, got, want)
		}
	}
}

func TestTheFirstUnmetRuleStandsBesideItsField(t *testing.T) {
	fs, ok := fault.As(Check("court", marie).Err("new_password"))
	if !ok || len(fs) != 1 || fs[0].Field != "new_password" || fs[0].Kind != fault.KindInvalid {
		t.Errorf("faults: %v", fs)
	}
	if err := Check("kT7#xQ9m&Zp2!Lw", marie).Err("new_password"); err != nil {
		t.Errorf("an accepted password: %v", err)
	}
}

func TestTheLexiconHoldsWhatItsNoteSays(t *testing.T) {
	breached := 0
	for _, m := range loaded().marks {
		if m.breached {
			breached++
		}
	}
	if len(loaded().words) != 104_336 || breached != 49_233 || !slices.IsSorted(loaded().words) {
		t.Errorf("%d words, %d breached, sorted %v", len(loaded().words), breached, slices.IsSorted(loaded().words))
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Œuf à la coque 2026!", "Zoé")
	f.Fuzz(func(t *testing.T, typed, name string) {
		r := Check(typed, Context{Names: []string{name}, Email: name, Places: []string{name}})
		if r.Level < 0 || r.Level > 4 || (r.Level > 2) != (len(r.Unmet) == 0) {
			t.Errorf("Check(%q): level %d with %d unmet", typed, r.Level, len(r.Unmet))
		}
	})
}
