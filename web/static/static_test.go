package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func get(t *testing.T, method, url, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, url, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnAddressNamesItsContentAndIsKeptForEver(t *testing.T) {
	for name, a := range assets() {
		if !regexp.MustCompile(`^/static/[0-9a-f]{12}/` + regexp.QuoteMeta(name) + `$`).MatchString(URL(name)) {
			t.Errorf("%s has the address %s", name, URL(name))
		}
		r := get(t, "GET", URL(name), "")
		if got := r.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if r.Header.Get("Content-Type") != a.kind || a.kind == "" || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", name, r.Header)
		}
		if !bytes.Equal(body(t, r), a.plain) {
			t.Errorf("%s: another content", name)
		}
	}
}

func TestAnotherReleasesAddressIsAnsweredButNotKept(t *testing.T) {
	r := get(t, "GET", Prefix+"000000000000/habilis.css", "gzip")
	if r.StatusCode != 200 || r.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("status %d, Cache-Control %q", r.StatusCode, r.Header.Get("Cache-Control"))
	}
}

func TestWhatIsNotThereIsNotFoundAndNothingCanBeSent(t *testing.T) {
	for _, name := range []string{"", "vendor/SOURCES", "static.go", "000000000000/fetch.sh"} {
		if r := get(t, "GET", Prefix+name, ""); r.StatusCode != 404 {
			t.Errorf("%q: status %d", name, r.StatusCode)
		}
	}
	if r := get(t, "POST", URL("habilis.css"), ""); r.StatusCode != 405 || r.Header.Get("Allow") == "" {
		t.Errorf("POST: status %d, %v", r.StatusCode, r.Header)
	}
}

func TestTextIsCompressedForThoseWhoTakeIt(t *testing.T) {
	r := get(t, "GET", URL("habilis.css"), "br, gzip;q=0.8")
	if r.Header.Get("Content-Encoding") != "gzip" || r.Header.Get("Vary") != "Accept-Encoding" {
		t.Fatalf("headers %v", r.Header)
	}
	sent := body(t, r)
	if r.Header.Get("Content-Length") != strconv.Itoa(len(sent)) {
		t.Errorf("Content-Length %s for %d bytes", r.Header.Get("Content-Length"), len(sent))
	}
	z, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(plain, assets()["habilis.css"].plain) {
		t.Errorf("another content, or %v", err)
	}
	for _, refusing := range []string{"", "br", "gzip;q=0"} {
		if r := get(t, "GET", URL("habilis.css"), refusing); r.Header.Get("Content-Encoding") != "" {
			t.Errorf("%q was answered compressed", refusing)
		}
	}
	if r := get(t, "HEAD", URL("habilis.css"), "gzip"); len(body(t, r)) != 0 || r.Header.Get("Content-Length") == "" {
		t.Error("HEAD has a body or no length")
	}
}

// A first page fetches these, and itself: a list of fifty people takes 10 kB.
func TestTheFirstPageWeighsAtMost100kB(t *testing.T) {
	const page, most = 10_000, 100_000
	weight := page
	for _, name := range []string{"habilis.css", "habilis.js", "htmx.min.js", "icon.svg", "inter-latin.woff2", "inter-vietnamese.woff2"} {
		a := assets()[name]
		if a.gzipped != nil {
			weight += len(a.gzipped)
		} else {
			weight += len(a.plain)
		}
	}
	if weight > most {
		t.Errorf("%d bytes", weight)
	}
}

func TestOurFilesAreSentWithoutWhatTheirReadersNeed(t *testing.T) {
	for _, name := range []string{"habilis.css", "habilis.js", "passkey.js", "steps.js"} {
		sent := assets()[name].plain
		if regexp.MustCompile(`(?m)^\s|^//|/\*`).Match(sent) {
			t.Errorf("%s has comments or indentation", name)
		}
		written, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(written)) {
			if strings.Count(line, "`")%2 != 0 {
				t.Errorf("%s has a text of several lines, which would lose its indentation: %s", name, line)
			}
		}
	}
}

func TestTheStylesheetRefersOnlyToOurOwnFiles(t *testing.T) {
	css := string(assets()["habilis.css"].plain)
	for _, m := range regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(css, -1) {
		if r := get(t, "GET", m[1], ""); !strings.HasPrefix(m[1], Prefix) || r.StatusCode != 200 {
			t.Errorf("%s is not ours", m[1])
		}
	}
	if strings.Contains(css, "@import") {
		t.Error("the stylesheet imports another")
	}
}

// Who prints from a dark screen gets black on white.
func TestTheDarkThemeIsForScreensAlone(t *testing.T) {
	css := string(assets()["habilis.css"].plain)
	if n := strings.Count(css, "(prefers-color-scheme: dark)"); n != strings.Count(css, "@media screen and (prefers-color-scheme: dark)") {
		t.Errorf("%d rules for dark themes, not all of them for screens", n)
	}
	if print := css[strings.LastIndex(css, "@media print"):]; !strings.Contains(print, "color-scheme: light") {
		t.Error("print does not ask for light colours")
	}
}

func TestTextAndControlsContrastInBothThemes(t *testing.T) {
	grounds := map[string][]string{
		"ink":       {"bg", "surface", "sunk", "chip", "soft", "good-soft", "look-soft", "stop-soft"},
		"muted":     {"bg", "surface", "sunk", "chip", "look-soft"},
		"accent":    {"bg", "surface", "sunk", "soft"},
		"on-accent": {"accent", "accent-strong"},
		"good":      {"surface", "bg", "good-soft"},
		"look":      {"surface", "bg", "look-soft"},
		"stop":      {"surface", "bg", "stop-soft"},
		"on-stop":   {"stop"},
		"quiet":     {"surface"},
	}
	light, dark := themes(t)
	for theme, tokens := range map[string]map[string]string{"light": light, "dark": dark} {
		for text, under := range grounds {
			for _, ground := range under {
				if c := contrast(t, tokens[text], tokens[ground]); c < 4.5 {
					t.Errorf("%s: %s on %s is %.2f:1", theme, text, ground, c)
				}
			}
		}
		if c := contrast(t, tokens["edge"], tokens["surface"]); c < 3 {
			t.Errorf("%s: edge on surface is %.2f:1", theme, c)
		}
	}
}

// themes reads the tokens of the light theme, and of the dark one, from the
// stylesheet.
func themes(t *testing.T) (light, dark map[string]string) {
	t.Helper()
	blocks := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(string(assets()["habilis.css"].plain), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of tokens, want light and dark", len(blocks))
	}
	read := func(block string) map[string]string {
		tokens := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			tokens[m[1]] = m[2]
		}
		return tokens
	}
	return read(blocks[0][1]), read(blocks[1][1])
}

// contrast is the ratio of WCAG 2.2 between two colours.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	light, dark := luminance(t, a), luminance(t, b)
	return (max(light, dark) + 0.05) / (min(light, dark) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(strings.TrimPrefix(colour, "#"), 16, 32)
	if err != nil {
		t.Fatalf("%q is not a colour", colour)
	}
	linear := func(shift int) float64 {
		c := float64(rgb>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}
