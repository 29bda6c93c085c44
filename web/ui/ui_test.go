package ui

import (
	"context"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/i18n"
)

var french = i18n.For(i18n.FrCA)

// page is a rendered fragment, looked at as a browser would.
type page struct {
	t    *testing.T
	root *html.Node
}

func show(t *testing.T, c templ.Component) page {
	t.Helper()
	var b strings.Builder
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return page{t, root}
}

// all are the elements of a name, in order.
func (p page) all(name string) []*html.Node {
	var found []*html.Node
	for n := range p.root.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			found = append(found, n)
		}
	}
	return found
}

// the is the only element of a name.
func (p page) the(name string) *html.Node {
	p.t.Helper()
	found := p.all(name)
	if len(found) != 1 {
		p.t.Fatalf("%d <%s>, want one", len(found), name)
	}
	return found[0]
}

// text is what the element with the given id says.
func (p page) textOf(id string) string {
	p.t.Helper()
	for n := range p.root.Descendants() {
		if get(n, "id") == id {
			return text(n)
		}
	}
	p.t.Fatalf("nothing has the id %q", id)
	return ""
}

func get(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func failing(field, key string) *form.Form {
	f := form.With(field, `Gagnon "<b>`)
	f.Fail(fault.Invalid(field, key))
	return f
}

func TestAFieldIsTiedToItsLabelItsFaultAndItsHint(t *testing.T) {
	p := show(t, Field(french, failing("name", "ui.close"), Input{Name: "name", Label: "Nom", Hint: "Tel quel.", Autocomplete: "family-name", MaxLength: 80}))
	input := p.the("input")
	if get(p.the("label"), "for") != get(input, "id") {
		t.Error("the label is another field's")
	}
	for name, want := range map[string]string{
		"type": "text", "name": "name", "value": `Gagnon "<b>`, "autocomplete": "family-name", "maxlength": "80",
		"aria-invalid": "true", "aria-required": "true",
	} {
		if got := get(input, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	said := ""
	for id := range strings.FieldsSeq(get(input, "aria-describedby")) {
		said += p.textOf(id) + "|"
	}
	if said != "Fermer|Tel quel.|" {
		t.Errorf("the field is described by %q", said)
	}
}

func TestAFieldThatIsFineSaysNothing(t *testing.T) {
	input := show(t, Field(french, nil, Input{Name: "name", Label: "Nom", Optional: true})).the("input")
	for _, name := range []string{"aria-invalid", "aria-describedby", "aria-required", "maxlength", "autofocus", "readonly"} {
		if has(input, name) {
			t.Errorf("it has %s", name)
		}
	}
}

func TestAPasswordIsNeverWrittenBack(t *testing.T) {
	p := show(t, PasswordField(french, form.With("password", "tulipe"), Input{Name: "password", Label: "Mot de passe"}, "/meter"))
	input := p.the("input")
	if has(input, "value") || get(input, "type") != "password" {
		t.Errorf("attributes %v", input.Attr)
	}
	button := p.the("button")
	if get(button, "aria-label") == "" || get(button, "type") != "button" || get(button, "data-reveal") != get(input, "id") {
		t.Errorf("the button to show it has %v", button.Attr)
	}
	p.textOf(strings.TrimPrefix(get(input, "hx-target"), "#"))
}

func TestAListShowsWhatWasChosen(t *testing.T) {
	p := show(t, Select(french, form.With("role", "b"), Input{Name: "role", Label: "Rôle"}, []Option{{"a", "A"}, {"b", "B"}}))
	for _, o := range p.all("option") {
		if has(o, "selected") != (get(o, "value") == "b") {
			t.Errorf("option %v", o.Attr)
		}
	}
}

func TestAChoiceThatIsOffSaysWhyAndCannotBeSent(t *testing.T) {
	p := show(t, RadioCards(french, form.With("role", "a"), Cards{Name: "role", Legend: "Rôle", Preview: "/preview", PreviewTarget: "meaning", Choices: []Choice{
		{Value: "a", Title: "Consultation", Text: "Voit."},
		{Value: "p", Title: "Pilote", Off: "Donné par le support.", OffURL: "/ask", OffLabel: "Demander"},
	}}))
	radios := p.all("input")
	if !has(radios[0], "checked") || get(radios[0], "id") != FieldID("role") {
		t.Errorf("the first has %v", radios[0].Attr)
	}
	if !has(radios[1], "disabled") || has(radios[1], "name") || get(radios[1], "aria-label") != "Pilote" {
		t.Errorf("the second has %v", radios[1].Attr)
	}
	if set := p.the("fieldset"); !strings.Contains(text(set), "Donné par le support. Demander") || get(set, "hx-target") != "#meaning" {
		t.Errorf("the group says %q, with %v", text(set), set.Attr)
	}
}

func TestTheSummaryOfFaultsLeadsToTheFields(t *testing.T) {
	f := failing("name", "ui.close")
	f.Fail(fault.Conflict("ui.next"))
	p := show(t, ErrorSummary(french, f))
	if link := p.the("a"); get(link, "href") != "#"+FieldID("name") || text(link) != "Fermer" {
		t.Errorf("link %v %q", link.Attr, text(link))
	}
	if items := p.all("li"); len(items) != 2 || text(items[1]) != "Suivant" {
		t.Errorf("%d lines", len(items))
	}
	if len(show(t, ErrorSummary(french, form.With())).all("div")) != 0 {
		t.Error("it speaks when nothing is wrong")
	}
}

func TestTheSummaryCallsEmptyFieldsByTheirNames(t *testing.T) {
	p := show(t, ErrorSummary(french, failing("family", "field.required")))
	if got := text(p.the("a")); got != "Il manque le nom." {
		t.Errorf("the summary says %q", got)
	}
}

func TestWhatIsPressedHasANameAndEscapesIt(t *testing.T) {
	label := `Archiver "O'Brien" <b>`
	link := show(t, IconButton(Act{Label: label, URL: `/p?a=1&b="`, How: InWindow, Icon: IconArchive})).the("a")
	if get(link, "title") != label || get(link, "href") != `/p?a=1&b="` || !has(link, "data-window") {
		t.Errorf("link %v", link.Attr)
	}
	button := show(t, Button(Act{Label: label, Name: "do", Value: `"x"`, Tone: Danger})).the("button")
	if text(button) != label || get(button, "value") != `"x"` || get(button, "class") != "button danger" {
		t.Errorf("button %v", button.Attr)
	}
	who := show(t, Who("OB", `<i>O'Brien`, "javascript:alert(1)", "a@b")).the("a")
	if text(who) != `<i>O'Brien` || strings.Contains(get(who, "href"), "javascript") {
		t.Errorf("%q leads to %q", text(who), get(who, "href"))
	}
}

func TestTextIsEscapedAsTheLibraryDoes(t *testing.T) {
	for _, s := range []string{"", "plain é", `<&>"'`, `a'b`, "'", "é<"} {
		if got, want := string(AppendText([]byte(`'`), s)), `'`+html.EscapeString(s); got != want {
			t.Errorf("%q is written %s, want %s", s, got, want)
		}
		if got, want := string(escapedFrom([]byte(`'`+s), 1)), `'`+html.EscapeString(s); got != want {
			t.Errorf("%q becomes %s, want %s", s, got, want)
		}
	}
}

func TestAStateIsToldByItsWordToo(t *testing.T) {
	for shape := range shapeOpen {
		if s := show(t, State(Shape(shape), "Active")).the("span"); text(s) != "Active" || get(s, "class") == "state" {
			t.Errorf("shape %d: %q %v", shape, text(s), s.Attr)
		}
	}
}

func TestAMomentShowsTheExactOneAsItsTip(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	e := show(t, Time(french, now.Add(-2*time.Hour), now)).the("time")
	if get(e, "datetime") != "2026-11-21T10:00:00Z" || get(e, "title") == "" || text(e) == "" {
		t.Errorf("%q %v", text(e), e.Attr)
	}
}

func TestAGridSaysWhatChangesInWords(t *testing.T) {
	none, all := grid.None, grid.All
	p := show(t, Grid(french, GridView{Caption: "Permissions", Heads: GridHeads{"Volet", "Accès en consultation", "Accès en modification"}, Groups: []GridGroup{{"Module", []GridRow{{
		Name: "Rendez-vous",
		View: GridCell{Scope: all, Word: "Tout", Was: &none, WasWord: "Aucun", Source: "réglé à la main", SourceByHand: true, Detail: "M. Roy"},
		Edit: GridCell{Scope: none, Word: "Aucun", Was: &all, WasWord: "Tout"},
	}, {
		Name: "Plages",
		View: GridCell{Scope: all, Word: "Tout", Was: &all, WasWord: "Tout"},
		Edit: GridCell{Scope: none, Word: "Aucun", WhyURL: "/why"},
	}}}}}))
	var said []string
	for _, cell := range p.all("td") {
		said = append(said, text(cell))
	}
	want := []string{"Tout et non Aucun réglé à la main · M. Roy ↑ élargi", "Aucun et non Tout ↓ réduit", "Tout", french.T("ui.grid.why")}
	for i := range said[:3] {
		if said[i] != want[i] {
			t.Errorf("cell %d says %q, want %q", i, said[i], want[i])
		}
	}
	if !strings.Contains(said[3], "Pourquoi") {
		t.Errorf("the last says %q", said[3])
	}
	heads := ""
	for _, th := range p.all("th") {
		heads += text(th) + " "
		if get(th, "scope") == "" {
			t.Errorf("the head %q heads nothing", text(th))
		}
	}
	if !strings.HasPrefix(heads, "Volet Accès en consultation Accès en modification ") || get(p.all("td")[1], "data-head") != "Accès en modification" {
		t.Errorf("its heads are %q", heads)
	}
}

func TestTheCompactGridIsReadableWithoutSight(t *testing.T) {
	p := show(t, CompactGrid(GridView{Groups: []GridGroup{{"", []GridRow{{"Usagers", GridCell{Scope: grid.All, Word: "Tout"}, GridCell{Word: "Aucun"}}}}}}))
	row := p.all("tr")[1]
	if text(row) != "Usagers Tout Aucun" {
		t.Errorf("the row says %q", text(row))
	}
}

func TestAWindowIsNamedAndCanBeClosedWithoutScript(t *testing.T) {
	p := show(t, Window(french, WindowFrame{Title: "Modifier un rôle", Close: "/people", Wide: true}))
	if p.textOf(get(p.the("section"), "aria-labelledby")) != "Modifier un rôle" {
		t.Error("it has no name")
	}
	if close := p.the("a"); get(close, "href") != "/people" || !has(close, "data-close") || get(close, "title") != "Fermer" {
		t.Errorf("it closes by %v", close.Attr)
	}
}

func TestFiltersWorkAsLinksAndAsAForm(t *testing.T) {
	p := show(t, FilterBar(Filters{Action: "/people", Target: "list", Label: "Nom", Typed: "roy", Kept: []Hidden{{"state", "active"}}}))
	f := p.the("form")
	if get(f, "method") != "get" || get(f, "action") != "/people" || len(p.all("input")) != 2 {
		t.Errorf("form %v", f.Attr)
	}
	p = show(t, FilterMenu(french, Filter{Label: "État", Chosen: "actives", Clear: "/people", Options: []Link{{"Actives", "/people?state=active", true}}}))
	links := p.all("a")
	if get(links[0], "aria-current") != "true" || get(links[1], "aria-label") == "" {
		t.Errorf("links %v %v", links[0].Attr, links[1].Attr)
	}
}

func TestInitialsAreTwoLettersAtMost(t *testing.T) {
	for want, names := range map[string][]string{
		"MB": {"maude", "bélanger", "x"}, "ÉÇ": {"élise", "ça"}, "R": {"", "Roy"}, "": {" ", "—"},
	} {
		if got := Initials(names...); got != want {
			t.Errorf("%q: %q, want %q", names, got, want)
		}
	}
}

func TestEveryIconIsDrawnOnce(t *testing.T) {
	ids := map[string]bool{}
	for _, symbol := range show(t, Sprite()).all("symbol") {
		if ids[get(symbol, "id")] {
			t.Errorf("%s is drawn twice", get(symbol, "id"))
		}
		ids[get(symbol, "id")] = true
	}
	if len(ids) != len(drawings)+len(scopeDrawings) {
		t.Errorf("%d drawings", len(ids))
	}
}

// The content security policy allows neither inline styles nor inline scripts.
func TestTemplatesKeepToTheContentSecurityPolicy(t *testing.T) {
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|hx-on|<style|javascript:|<script>|hx-vals="js:`)
	seen := 0
	err := fs.WalkDir(os.DirFS(".."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".templ") || strings.HasPrefix(path, "mail/") {
			return err
		}
		seen++
		source, err := os.ReadFile("../" + path)
		if found := inline.Find(source); found != nil {
			t.Errorf("%s has %q", path, found)
		}
		return err
	})
	if err != nil || seen == 0 {
		t.Errorf("%d templates looked at, %v", seen, err)
	}
}

func BenchmarkRow(b *testing.B) {
	now := time.Now()
	b.ReportAllocs()
	for b.Loop() {
		var w strings.Builder
		for _, c := range []templ.Component{
			Who("MB", "Bélanger, Maude", "/p/1042/people/1", "m.belanger@erables.example"),
			Chip(TintAccent, "Pilote", ""), State(Good, "Active"), Time(french, now, now),
			IconButton(Act{Label: "Permissions", URL: "/p/1042/people/1/roles", How: InWindow, Icon: IconKey}),
			IconButton(Act{Label: "Modifier", URL: "/p/1042/people/1/edit", How: InWindow, Icon: IconPencil}),
			More("Maude Bélanger", "/p/1042/people/1"),
		} {
			c.Render(context.Background(), &w)
		}
	}
}
