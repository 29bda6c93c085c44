package people

import (
	"testing"
)

func TestATelephoneIsReadAsPeopleWriteIt(t *testing.T) {
	cases := []struct{ typed, region, stored, shown string }{
		{"", Canada, "", ""},
		{"418 555-0123", Canada, "+14185550123", "418 555-0123"},
		{"(418) 555-0123 poste 220", Canada, "+14185550123;ext=220", "418 555-0123 #220"},
		{"1.418.555.0123", Canada, "+14185550123", "418 555-0123"},
		{"+1 418 555 0123", France, "+14185550123", "+1 418 555-0123"},
		{"01 23 45 67 89", France, "+33123456789", "01 23 45 67 89"},
		{"+33 (0)1 23 45 67 89", France, "+33123456789", "01 23 45 67 89"},
		{"0033123456789", France, "+33123456789", "01 23 45 67 89"},
		{"011 33 1 23 45 67 89", Canada, "+33123456789", "+33 1 23 45 67 89"},
		{"011 32 2 555 12 34", Canada, "+3225551234", "+3225551234"},
		{"06.12.34.56.78", France, "+33612345678", "06 12 34 56 78"},
	}
	for _, c := range cases {
		p, err := ParsePhone(c.typed, c.region)
		if err != nil || p.String() != c.stored || p.Display(c.region) != c.shown {
			t.Errorf("%q in %s: %q, %q, %v; want %q, %q", c.typed, c.region, p, p.Display(c.region), err, c.stored, c.shown)
		}
	}
	for typed, region := range map[string]string{"555-0123": Canada, "118 555-0123": Canada, "418 155-0123": Canada, "abc": Canada, "01 23 45 67": France,
		"+1 418": France, "+": Canada, "+0123456789": Canada, "418 555 0123": France, "+1234567890123456": Canada, "<script>": Canada} {
		if p, err := ParsePhone(typed, region); key(t, err) == "" {
			t.Errorf("%q in %s is read as %q", typed, region, p)
		}
	}
}

func FuzzATelephone(f *testing.F) {
	f.Add("418 555-0123 poste 220")
	f.Add("+33 (0)1 23 45 67 89")
	f.Fuzz(func(t *testing.T, s string) {
		for _, region := range []string{Canada, France} {
			p, err := ParsePhone(s, region)
			if err != nil {
				key(t, err)
				continue
			}
			for _, text := range []string{p.String(), p.Display(region)} {
				if again, err := ParsePhone(text, region); err != nil || again != p {
					t.Fatalf("%q reads as %q; %q as %q, %v", s, p, text, again, err)
				}
			}
		}
	})
}
