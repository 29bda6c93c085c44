package page

import "testing"

func TestALongAddressBreaksBetweenItsPartsAndStaysText(t *testing.T) {
	for address, want := range map[string]string{
		"elise.gagnon@sante.example": "elise<wbr>.gagnon<wbr>@sante<wbr>.example",
		`o'<b>"@x.y`:                 "o&#39;&lt;b&gt;&#34;<wbr>@x<wbr>.y",
		"":                           "",
	} {
		if got := breakable(address); got != want {
			t.Errorf("%q becomes %q, want %q", address, got, want)
		}
	}
}
