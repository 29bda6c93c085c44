package layout

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"habilis/internal/i18n"
	"habilis/web/ui"
)

func frame() Frame {
	return Frame{
		Printer: i18n.For(i18n.FrFR), Title: "Ressources", Now: time.Now(), Path: "/p/1042/people",
		Place: &Place{
			Name: "CLSC des Érables", NumberLine: "Application nº 1042", Number: "nº 1042", Base: "/p/1042", Hat: "Pilote",
			Hats: []HatChoice{{"r1", "Pilote", true}, {"r2", "Consultation 1", false}},
		},
		Person:       &Person{"Maude Bélanger", "MB"},
		Places:       []PlaceLink{{"Clinique du Canal", "nº 2210", "/p/2210/", []HatChoice{{"r3", "Administratrice", false}}}},
		Nav:          []NavItem{{Label: "Configuration", URL: "/p/1042/people", Current: true, Badge: "6", BadgeLabel: "6 à voir"}},
		SubNav:       []ui.Link{{Label: "Ressources", URL: "/p/1042/people", Current: true}},
		SearchAction: "/p/1042/people", SearchLabel: "Chercher une personne…",
		SupportURL: "mailto:aide@example.org", Flash: "Maude Bélanger a été ajoutée.", Demo: true,
	}
}

func render(t *testing.T, c templ.Component) (source string, root *html.Node) {
	t.Helper()
	var b strings.Builder
	ctx := templ.WithChildren(context.Background(), templ.Raw("<h1>Ressources</h1>"))
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(strings.NewReader(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), root
}

func elements(root *html.Node, name string) []*html.Node {
	var found []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (name == "" || n.Data == name) {
			found = append(found, n)
		}
	}
	return found
}

func get(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func TestAPageSaysItsLanguageItsTitleAndItsPlace(t *testing.T) {
	source, root := render(t, Page(frame()))
	if got := get(elements(root, "html")[0], "lang"); got != "fr-FR" {
		t.Errorf("lang %q", got)
	}
	for _, said := range []string{
		"<title>Ressources · CLSC des Érables · Habilis</title>", "Application nº 1042", "agit comme Pilote",
		"Maude Bélanger a été ajoutée.", `href="mailto:aide@example.org"`, DemoMailPath, "<h1>Ressources</h1>",
	} {
		if !strings.Contains(source, said) {
			t.Errorf("the page does not say %q", said)
		}
	}
}

func TestIdsAreUniqueAndWhatTheyNameIsThere(t *testing.T) {
	for name, c := range map[string]templ.Component{
		"page": Page(frame()), "bare": Bare(Frame{Printer: i18n.For(i18n.EnCA), Title: "Sign in"}),
		"window": Window(frame(), ui.WindowFrame{Title: "Ajout", Close: "/"}, false),
	} {
		_, root := render(t, c)
		ids := map[string]bool{}
		for _, e := range elements(root, "") {
			if id := get(e, "id"); id != "" && ids[id] {
				t.Errorf("%s: two elements have the id %s", name, id)
			}
			ids[get(e, "id")] = true
		}
		for _, e := range elements(root, "") {
			for _, reference := range []string{"aria-labelledby", "aria-describedby", "data-dialog"} {
				// An empty dialog is named by the window that it will hold.
				if id := get(e, reference); !ids[id] && id != "window-title" {
					t.Errorf("%s: %s names %q, which isn't there", name, reference, id)
				}
			}
		}
		if !ids["content"] {
			t.Errorf("%s: the skip link leads nowhere", name)
		}
	}
}

func TestTheMenuSwitchesHatsByForm(t *testing.T) {
	_, root := render(t, Page(frame()))
	current := map[string]string{}
	for _, b := range elements(root, "button") {
		if get(b, "name") == "role" {
			current[get(b, "value")] = get(b, "aria-current")
			to := "/p/1042/hat"
			if get(b, "value") == "r3" {
				to = "/p/2210/hat" // of the other place, in one press
			}
			if f := b.Parent; get(f, "action") != to || get(f, "method") != "post" {
				t.Errorf("the hat is sent to %v", f.Attr)
			}
		}
	}
	if len(current) != 3 || current["r1"] != "true" || current["r2"] != "" {
		t.Errorf("hats %v", current)
	}
}

func TestEverythingThatIsPressedOrTypedInHasAName(t *testing.T) {
	_, root := render(t, Page(frame()))
	for _, e := range elements(root, "") {
		switch e.Data {
		case "a", "button", "summary":
			if strings.TrimSpace(words(e)) == "" && get(e, "aria-label") == "" {
				t.Errorf("a nameless <%s> %v", e.Data, e.Attr)
			}
		case "input":
			if get(e, "type") != "hidden" && get(e, "aria-label") == "" && e.Parent.Data != "label" {
				t.Errorf("a nameless field %v", e.Attr)
			}
		}
	}
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestAWindowIsAFragmentOrAPage(t *testing.T) {
	w := ui.WindowFrame{Title: "Ajout d'une ressource", Close: "/p/1042/people"}
	fragment, _ := render(t, Window(frame(), w, true))
	if !strings.HasPrefix(fragment, "<section") || strings.Contains(fragment, "<dialog") {
		t.Errorf("the fragment begins with %.60q", fragment)
	}
	page, _ := render(t, Window(frame(), w, false))
	if !strings.HasPrefix(strings.ToLower(page), "<!doctype") || !strings.Contains(page, "window-title") {
		t.Errorf("the page begins with %.60q", page)
	}
}

func TestScriptsAreOursAndNeverInline(t *testing.T) {
	_, root := render(t, Page(frame()))
	for _, s := range elements(root, "script") {
		if !strings.HasPrefix(get(s, "src"), "/static/") || s.FirstChild != nil {
			t.Errorf("script %v", s.Attr)
		}
	}
	if !json.Valid([]byte(htmxConfig)) {
		t.Error("htmx's configuration is not JSON")
	}
}

func TestEveryMessageOfTheFramesExists(t *testing.T) {
	for _, l := range i18n.Locales() {
		f := frame()
		f.Printer = i18n.For(l)
		source, _ := render(t, Page(f))
		if at := strings.Index(source, ">ui."); at >= 0 {
			t.Errorf("%s: a key is shown: %.40q", l, source[at:])
		}
	}
}
