package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"habilis/internal/pgtest/place"
)

// Two places where people have the same names, and records too: each finds, counts,
// exports, completes and writes of its own.
func TestNamesakesOfTwoPlacesAreNeverMixed(t *testing.T) {
	t.Parallel()
	server := start(t)
	ours, theirs := newStage(t, "planner"), newStage(t, "planner")
	for _, s := range []*stage{ours, theirs} {
		write(t, `update resource set family = 'Untel', given = 'Zoé', search = 'untel zoe', function = $2 where id = $1`, s.target.Resource, "Chez "+s.Number)
		write(t, `update record set label = 'Roy chez ' || $2, search = 'roy chez ' || lower($2) where tenant_id = $1`, s.ID, s.Number)
	}
	pilot := server.signedIn(t, ours.Pilot)
	base := "/p/" + ours.Number
	foreign := []string{"Place " + theirs.Number, "chez " + theirs.Number, "Chez " + theirs.Number, theirs.target.Resource.String(), theirs.target.Email, theirs.target.Username, theirs.record.String()}
	for path, want := range map[string]string{
		"/people?q=untel":               "1 ressource",
		"/people":                       ours.target.Username,
		"/records?q=roy":                "Roy chez " + ours.Number,
		"/records/export":               "Roy chez " + ours.Number,
		"/who?area=appointments":        "Untel",
		"/who/export?area=appointments": "Untel",
		"/roles/matrix":                 "Consultation #2",
		"/journal":                      "",
		"/people/" + ours.target.Resource.String() + "/records/new?q=roy": "Roy chez " + ours.Number,
		"/people/new/username?family=Untel&given=Zoé":                     "",
	} {
		a := pilot.get(base + path).want(http.StatusOK)
		said := a.body
		if strings.HasPrefix(said, "PK") {
			said = ""
			_, rows := a.workbook()
			for _, row := range rows {
				said += strings.Join(texts(row), " ") + "\n"
			}
		}
		if !strings.Contains(said, want) {
			t.Errorf("%s lacks %q", path, want)
		}
		for _, word := range foreign {
			if strings.Contains(said, word) {
				t.Errorf("%s says %q, of another place", path, word)
			}
		}
	}
	for _, s := range []*stage{ours, theirs} {
		name := "ZUntel" + s.Number
		server.signedIn(t, s.Pilot).get("/p/"+s.Number+"/people/new").form("/people").with("family", "Untel", "given", "Zoé", "email", name+"@exemple.test", "username", name).
			send().want(http.StatusSeeOther)
	}
	for s, other := range map[*place.Place]*place.Place{ours.Place: theirs.Place, theirs.Place: ours.Place} {
		letter := server.letter(t, "zuntel"+s.Number+"@exemple.test", "mot de passe temporaire")
		if !strings.Contains(letter.Text, "Place "+s.Number) || strings.Contains(letter.Text, "Place "+other.Number) {
			t.Errorf("the letter of %s says\n%s", s.Number, letter.Text)
		}
	}
}
