package i18n

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	_ "time/tzdata"
)

// plain makes the spaces that don't break ordinary, to be read in a table.
var plain = strings.NewReplacer(noBreakSpace, " ", narrowSpace, " ")

func small(t *testing.T, french, english string) map[Locale]*Printer {
	t.Helper()
	region, err := files.ReadFile("regions/fr-FR.toml")
	if err != nil {
		t.Fatal(err)
	}
	printers, err := load(fstest.MapFS{
		"messages/x.fr.toml":   {Data: []byte(french)},
		"messages/x.en.toml":   {Data: []byte(english)},
		"regions/fr-FR.toml":   {Data: region},
		"messages/i18n.zz.txt": {Data: []byte("not read")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return printers
}

func TestMessagesAreFilledAndCounted(t *testing.T) {
	printers := small(t, `
"x.plain" = "L'envoi du courriel est-il prêt ?"
"x.named" = "{{.Name}} : {{ .N }} %"
"x.nested" = "« {{.What}} »"
"x.if" = "{{if .Late}}En retard{{else}}À l'heure{{end}}"
["x.people"]
one = "{{.Count}} personne"
other = "{{.Count}} personnes dans {{.Place}}"
`, `
"x.plain" = "Is the e-mail ready?"
"x.named" = "{{.Name}}: {{ .N }}%"
"x.nested" = "“{{.What}}”"
"x.if" = "{{if .Late}}Late{{else}}On time{{end}}"
["x.people"]
one = "{{.Count}} person"
other = "{{.Count}} people in {{.Place}}"
`)
	cases := []struct {
		locale Locale
		key    string
		args   []any
		want   string
	}{
		{FrCA, "x.plain", nil, "L’envoi du courriel est-il prêt\u202f?"},
		{FrFR, "x.plain", nil, "L’envoi de l’e-mail est-il prêt\u202f?"},
		{EnCA, "x.plain", nil, "Is the e-mail ready?"},
		{FrCA, "x.named", []any{"N", 12345, "Name", "Roy"}, "Roy\u00a0: 12\u202f345\u00a0%"},
		{EnCA, "x.named", []any{"Name", "Roy", "N", 12345}, "Roy: 12,345%"},
		{FrFR, "x.nested", []any{"What", Key("x.plain")}, "«\u00a0L’envoi de l’e-mail est-il prêt\u202f?\u00a0»"},
		{FrCA, "x.people", []any{"Count", 0, "Place", "CLSC"}, "0 personne"},
		{FrCA, "x.people", []any{"Count", 2, "Place", "CLSC"}, "2 personnes dans CLSC"},
		{FrFR, "x.people", []any{"Count", 1000000, "Place", "CLSC"}, "1\u202f000\u202f000 personnes dans CLSC"},
		{EnCA, "x.people", []any{"Count", 0, "Place", "CLSC"}, "0 people in CLSC"},
		{EnCA, "x.people", []any{"Count", int64(1), "Place", "CLSC"}, "1 person"},
		{EnCA, "x.if", []any{"Late", "yes"}, "Late"},
		{EnCA, "x.if", []any{"Late", false}, "On time"},
		{EnCA, "x.absent", nil, "x.absent"},
	}
	for _, c := range cases {
		p := printers[c.locale]
		if got := p.T(c.key, c.args...); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.locale, c.key, got, c.want)
		}
		if got := p.Message(c.key, pairs(c.args)); got != c.want {
			t.Errorf("%s %s from a map: %q, want %q", c.locale, c.key, got, c.want)
		}
	}
}

func TestAKeyMayStandInOneFileOnly(t *testing.T) {
	_, err := load(fstest.MapFS{
		"messages/a.fr.toml": {Data: []byte(`"x" = "un"`)},
		"messages/b.fr.toml": {Data: []byte(`"x" = "deux"`)},
		"regions/fr-FR.toml": {Data: []byte(`"un" = "deux"`)},
	})
	if err == nil || !strings.Contains(err.Error(), "a.fr.toml") {
		t.Errorf("error: %v", err)
	}
}

func TestFranceSaysItInItsOwnWords(t *testing.T) {
	cases := map[string]string{
		"Le courriel part.":                     "L’e-mail part.",
		"Ce courriel et les courriels":          "Cet e-mail et les e-mails",
		"l'adresse de courriel, au courriel":    "l'adresse d’e-mail, à l’e-mail",
		"Chaque courriel du service courriel":   "Chaque e-mail du service e-mail",
		"double courriel":                       "double e-mail",
		"Téléphone cellulaire ou un cellulaire": "Téléphone mobile ou un mobile",
		"Courriel": "E-mail",
		"Rien à dire de la personne et de son rôle": "Rien à dire de la personne et de son rôle",
	}
	for said, want := range cases {
		if got := For(FrFR).Regional(said); got != want {
			t.Errorf("%q becomes %q, want %q", said, got, want)
		}
		if For(FrCA).Regional(said) != said {
			t.Errorf("Québec says %q otherwise", said)
		}
	}
}

func TestDatesAreToldAsPeopleSayThem(t *testing.T) {
	zone := time.FixedZone("Québec", -5*3600)
	now := time.Date(2025, 11, 20, 14, 30, 0, 0, zone)
	cases := []struct {
		t      time.Time
		fr, en string
	}{
		{now.Add(20 * time.Second), "à l’instant", "just now"},
		{now.Add(-20 * time.Second), "à l’instant", "just now"},
		{now.Add(-12 * time.Minute), "il y a 12 min", "12 min ago"},
		{now.Add(-2 * time.Hour), "il y a 2 h", "2 h ago"},
		{now.Add(-14 * time.Hour), "il y a 14 h", "14 h ago"},
		{time.Date(2025, 11, 19, 16, 40, 0, 0, zone), "hier, 16 h 40", "yesterday, 4:40 p.m."},
		{time.Date(2025, 11, 20, 4, 0, 0, 0, time.UTC), "hier, 23 h 00", "yesterday, 11:00 p.m."},
		{time.Date(2025, 11, 18, 8, 0, 0, 0, zone), "mardi", "Tuesday"},
		{now.AddDate(0, 0, -9), "il y a 9 jours", "9 days ago"},
		{time.Date(2025, 3, 1, 8, 0, 0, 0, zone), "1er mars", "Mar. 1"},
		{time.Date(2024, 12, 12, 8, 0, 0, 0, zone), "12 déc. 2024", "Dec. 12, 2024"},
		{now.AddDate(0, -14, 0), "il y a 14 mois", "14 months ago"},
		{now.AddDate(-3, 0, 0), "il y a 3 ans", "3 years ago"},
		{now.AddDate(0, 0, 22), "12 déc.", "Dec. 12"},
	}
	for _, c := range cases {
		fr, en := For(FrCA).In(zone).Ago(c.t, now), For(EnCA).In(zone).Ago(c.t, now)
		if plain.Replace(fr) != c.fr || plain.Replace(en) != c.en {
			t.Errorf("%s: %q and %q, want %q and %q", c.t, fr, en, c.fr, c.en)
		}
	}
}

func TestAWholeDateIsToldInTheReadersZone(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2025, 11, 12, 23, 5, 0, 0, time.UTC)
	for p, want := range map[*Printer]string{
		For(FrFR).In(paris): "13 novembre 2025, 0 h 05",
		For(FrFR):           "13 novembre 2025, 0 h 05",
		For(FrCA):           "12 novembre 2025, 18 h 05",
		For(EnCA):           "November 12, 2025, 6:05 p.m.",
		For(EnCA).In(paris): "November 13, 2025, 12:05 a.m.",
	} {
		if got := plain.Replace(p.DateTime(at)); got != want {
			t.Errorf("%s: %q, want %q", p.Locale(), got, want)
		}
	}
}

func TestATimeOfAnotherDayIsSaidWithItsDay(t *testing.T) {
	now := time.Date(2025, 11, 12, 21, 0, 0, 0, time.UTC) // 16 h in Montréal
	for _, c := range []struct {
		at     time.Time
		fr, en string
	}{
		{now.Add(40 * time.Minute), "16 h 40", "4:40 p.m."},
		{now.Add(9 * time.Hour), "1 h 00 le 13 novembre 2025", "1:00 a.m. on November 13, 2025"},
	} {
		fr, en := plain.Replace(For(FrCA).Clock(c.at, now)), plain.Replace(For(EnCA).Clock(c.at, now))
		if fr != c.fr || en != c.en {
			t.Errorf("%s: %q and %q, want %q and %q", c.at, fr, en, c.fr, c.en)
		}
	}
}

func TestMomentsOfAListAreSaidWithoutStringsBetween(t *testing.T) {
	p, now, room := For(FrCA), time.Now(), make([]byte, 0, 200)
	allocations := testing.AllocsPerRun(100, func() {
		for _, ago := range []time.Duration{time.Minute, time.Hour, 30 * time.Hour, 50 * time.Hour, 1000 * time.Hour} {
			room = p.AppendAgo(room[:0], now.Add(-ago), now)
			room = p.AppendDateTime(room, now.Add(-ago))
		}
	})
	if allocations > 0 {
		t.Errorf("%v allocations", allocations)
	}
}

func TestNumbersAreGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 412: "412", -7: "-7", 1000: "1 000", -12345678: "-12 345 678"} {
		if got := plain.Replace(For(FrCA).Number(n)); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
	if got := For(EnCA).Number(10412); got != "10,412" {
		t.Errorf("10412: %q", got)
	}
}

func TestNamesAreOrderedAsTheDictionaryDoes(t *testing.T) {
	names := []string{"Zoé", "Œuvrard", "Éthier", "Eustache", "Ça", "Caron", "cartier", "O’Brien"}
	slices.SortFunc(names, For(FrCA).Compare)
	if got := strings.Join(names, " "); got != "Ça Caron cartier Éthier Eustache O’Brien Œuvrard Zoé" {
		t.Error(got)
	}
}

func TestALocaleIsThePersonsThenTheBrowsersThenThePlaces(t *testing.T) {
	cases := []struct {
		saved  Locale
		accept string
		place  Locale
		want   Locale
	}{
		{EnCA, "fr-CA", FrFR, EnCA},
		{"", "en-US,en;q=0.9,fr;q=0.8", FrCA, EnCA},
		{"", "fr", FrFR, FrFR},
		{"", "fr", EnCA, FrCA},
		{"", "fr-CA", FrFR, FrCA},
		{"", "fr-BE,en;q=0.5", FrCA, FrFR},
		{"", "de,fr-FR;q=0.3", FrCA, FrFR},
		{"", "de", FrFR, FrFR},
		{"", "en;q=0", FrFR, FrFR},
		{"", "", "", FrCA},
		{"xx", "\x00;;q=zz", EnCA, EnCA},
		{"", strings.Repeat("en,", 1000), FrCA, FrCA},
	}
	for _, c := range cases {
		if got := Match(c.saved, c.accept, c.place); got != c.want {
			t.Errorf("%q, %.40q, %q: %s, want %s", c.saved, c.accept, c.place, got, c.want)
		}
	}
}

func BenchmarkT(b *testing.B) {
	p := For(FrCA)
	b.Run("plain", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.T("time.now")
		}
	})
	b.Run("filled", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			p.T("time.minutes", "N", 12)
		}
	})
}
