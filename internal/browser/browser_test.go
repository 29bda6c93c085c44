package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"habilis/internal/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Beside(m).Run()) }

const head = `<!doctype html><html lang="fr-CA"><head><meta charset="utf-8"><title>Essai</title><link rel="icon" href="data:,"></head><body><main>`

// site is a page with one of each control, which echoes what it is sent.
func site(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "__Host-essai", Value: "kept", Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; img-src data:")
		fmt.Fprint(w, head, `<h1>Bonjour à vous&nbsp;!</h1>
<form method="post" action="/sent">
 <p><label>Nom <input name="name"></label></p>
 <p><label>Langue <select name="language"><option value="fr">Français</option><option value="en">Anglais</option></select></label></p>
 <fieldset><legend>Rôle</legend>
  <label><input type="radio" name="role" value="1"> Consultation #2 <small>le plus limité</small></label>
  <label><input type="radio" name="role" value="2"> Pilote</label></fieldset>
 <p><button>Enregistrer l’ajout</button> <button disabled>Supprimer</button></p>
</form>
<ul><li aria-label="Gagnon"><a href="/?gagnon">Modifier</a><br><br></li><li aria-label="Roy"><a href="/?roy">Modifier</a></li></ul>`)
	})
	mux.HandleFunc("POST /sent", func(w http.ResponseWriter, r *http.Request) {
		cookie, _ := r.Cookie("__Host-essai")
		w.WriteHeader(http.StatusUnprocessableEntity)
		fmt.Fprint(w, head, `<p>`, r.FormValue("name"), "|", r.FormValue("language"), "|", r.FormValue("role"), "|", cookie != nil, "|", r.Header.Get("Accept-Language"), `</p>`)
	})
	mux.HandleFunc("GET /barrier", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, head, `<input name="nameless">`) })
	mux.HandleFunc("GET /grid", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, head, `<table><tr><th scope="row">Clients</th><td><b>Tout</b> rôle Pilote</td><td>Aucun</td></tr>
<tr><th scope="row">Clients d’ailleurs</th><td>Tout</td></tr></table>
<fieldset><legend>Accès&nbsp;: Clients</legend><label><input type="radio" name="c" checked> Tout</label></fieldset>`)
	})
	mux.HandleFunc("GET /script", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, head, `<p id="p">sans</p><script>document.getElementById("p").textContent = "avec"</script>`)
	})
	mux.HandleFunc("GET /inline", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data:")
		fmt.Fprint(w, head, `<script>1</script>`)
	})
	mux.HandleFunc("GET /elsewhere", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, head, `<img alt="" src="http://127.0.0.2:1/pixel">`)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func TestAFormIsFilledAndSentByNamesAlone(t *testing.T) {
	b := browser.New(t, site(t))
	b.Open("/")
	b.See("bonjour à vous !")
	b.Fill("Nom", "Lœvenbruck")
	b.Fill("Nom", "Nguyễn")
	b.Select("Langue", "Anglais")
	b.Choose("Consultation #2…")
	if !b.Is("checked", "radio", "Consultation #2…") || b.Is("checked", "radio", "Pilote") || b.Value("Nom") != "Nguyễn" {
		t.Error("what was chosen does not show")
	}
	b.Click("button", "Enregistrer l'ajout")
	b.See("Nguyễn|en|1|true|fr-CA")
}

func TestAFormIsFilledWithTheKeyboardAlone(t *testing.T) {
	b := browser.New(t, site(t), browser.In("en-CA"))
	b.Open("/")
	b.ReachField("Nom")
	b.Type("Roy")
	b.Reach("radio", "Consultation #2 le plus limité")
	b.Press("ArrowDown")
	if role, name := b.Focused(); role != "radio" || name != "Pilote" {
		t.Errorf("the focus is on %s %q", role, name)
	}
	b.Reach("button", "Enregistrer l’ajout")
	b.Press("Enter")
	b.See("Roy|fr|2|true|en-CA")
}

func TestControlsAreFoundWithinARow(t *testing.T) {
	b := browser.New(t, site(t))
	b.Open("/")
	b.In("listitem", "Roy").Click("link", "Modifier")
	b.At("/?roy")
	if got := b.Named("link"); !slices.Equal(got, []string{"Modifier", "Modifier"}) {
		t.Errorf("the links are %q", got)
	}
	b.HasNot("link", "Supprimer")
}

func TestARowIsReadByItsHeadAndAFocusByItsGroup(t *testing.T) {
	b := browser.New(t, site(t))
	b.Open("/grid")
	if got := b.Row("Clients"); !slices.Equal(got, []string{"Tout rôle Pilote", "Aucun"}) {
		t.Errorf("the row says %q", got)
	}
	if got := b.Row("Clients d'ailleurs"); !slices.Equal(got, []string{"Tout"}) {
		t.Errorf("the row says %q", got)
	}
	b.Reach("radio", "Tout")
	if got := b.FocusedIn(); got != "Accès : Clients" {
		t.Errorf("the focus is in %q", got)
	}
}

func TestWithoutScriptNoneRuns(t *testing.T) {
	url := site(t)
	with, without := browser.New(t, url), browser.New(t, url, browser.NoScript, browser.Phone)
	with.Open("/script")
	with.See("avec")
	without.Open("/script")
	without.See("sans")
	without.Open("/")
	without.Fill("Nom", "Côté")
	without.Click("button", "Enregistrer l’ajout")
	without.See("Côté|fr||true")
}

func TestAPageWithoutBarriersPassesAxe(t *testing.T) {
	b := browser.New(t, site(t), browser.Dark)
	b.Open("/")
	b.Axe()
}

// spy is a test that is expected to fail.
type spy struct {
	testing.TB
	said     []string
	cleanups []func()
}

func (s *spy) Error(args ...any)            { s.said = append(s.said, fmt.Sprint(args...)) }
func (s *spy) Errorf(f string, args ...any) { s.said = append(s.said, fmt.Sprintf(f, args...)) }
func (s *spy) Cleanup(f func())             { s.cleanups = append(s.cleanups, f) }

func TestWhatNoPageMayDoFailsTheTest(t *testing.T) {
	url := site(t)
	for path, want := range map[string]string{
		"/barrier":   "label",
		"/inline":    "Content Security Policy",
		"/elsewhere": "127.0.0.2",
	} {
		s := &spy{TB: t}
		b := browser.New(s, url)
		b.Open(path)
		b.Axe()
		for _, cleanup := range s.cleanups {
			cleanup()
		}
		if !strings.Contains(strings.Join(s.said, "\n"), want) {
			t.Errorf("%s: the test was told %q", path, s.said)
		}
	}
}
