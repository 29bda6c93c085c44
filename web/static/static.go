// Package static holds the portal's own stylesheet, script and icon, and the
// little that is kept from elsewhere (vendor/SOURCES says what, from where and
// under which licence). Everything is embedded and compressed once.
//
// Addresses carry a hash of the content, so that browsers keep each file for
// ever and fetch it again only when it has changed.
//
// # What the script adds
//
// The portal is complete without it. It adds:
//
//   - windows: a link with data-window is fetched by htmx into
//     <dialog id="window"> and shown as a modal. Links and forms inside stay in
//     the window (hx-boost is inherited from the dialog); one that should leave
//     it says hx-boost="false". A link with data-close closes the window, and
//     without script leads back to the page underneath. Escape closes, and focus
//     returns to what opened it; if something was typed, <dialog id="unsaved">
//     asks first, and data-discard there throws it away.
//   - keys: / goes to the search, ? shows the list of keys, the arrows move
//     between rows of a table. A person can turn them off (WCAG 2.1.4).
//   - ticks: in the head of a list, data-tick-all ticks the box of each row
//     (.pick input), and #bulk .ticked says how many are ticked. In .ticks, a box
//     with data-alone and the others exclude each other: what gives way is said
//     in .gave-way, and data-undo there puts it back.
//   - grids: in a table with data-grid, edit never reaches further than view. What
//     the last choice makes impossible gives way, and is seen to; what had been
//     chosen there is kept in a field, also for when the form is shown again, and
//     comes back as soon as it can, unless what stands there is clicked. A choice
//     without data-reach reaches differently for each person: nothing gives way to it.
//   - steps (steps.js, on pages with such forms alone): a form with data-step is
//     sent by htmx, and each answer is an entry of the history.
//   - data-copy="id" copies that element's text, data-reveal="id" shows a
//     password, data-dialog="id" opens a dialog that is already on the page,
//     data-print prints the page.
//   - passkeys, in a script of their own: see passkey.js. A window that needs a
//     script which the page beneath it may not have names it by data-script.
//
// A page is sent our own files without what only their readers need.
//
// # What the server answers
//
// A request that comes from a window has the header HX-Target: window. It is
// answered with the window alone: status 200 when it opens, 422, 409, 403, 404
// or 429 when something is wrong (all of them are shown in the window, with what
// was typed), and, on success, 204 with HX-Redirect and the address that a
// request without script would get by 303. Anything else that must leave the
// window (the session has ended) is answered by HX-Redirect as well. Of a whole
// page that refuses or fails, the window shows the card; to any other whole page
// the browser goes. Other parts of a page that htmx fills (a list, a preview, a
// meter) keep what they show when the answer is a refusal.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// Prefix is the path that [Handler] is to be mounted at.
const Prefix = "/static/"

//go:embed habilis.css habilis.js passkey.js steps.js icon.svg vendor/*.js vendor/*.woff2
var files embed.FS

// asset is one file as it is sent.
type asset struct {
	url     string
	kind    string // its media type
	plain   []byte
	gzipped []byte // nil when compressing gains nothing
}

// assets are the files by base name ("habilis.css").
var assets = sync.OnceValue(func() map[string]asset {
	byName := map[string]asset{}
	for _, pattern := range []string{"vendor/*", "icon.svg", "habilis.js", "passkey.js", "steps.js", "habilis.css"} {
		names, err := fs.Glob(files, pattern)
		if err != nil {
			panic(err) // a pattern above is malformed
		}
		for _, name := range names {
			byName[path.Base(name)] = load(name, byName)
		}
	}
	return byName
})

// load reads an embedded file. A stylesheet's references to the files loaded
// before it are replaced by their hashed addresses.
func load(name string, loaded map[string]asset) asset {
	content, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it was listed by the same file system
	}
	base := path.Base(name)
	content = spare(name, content)
	if path.Ext(name) == ".css" {
		for other, a := range loaded {
			content = bytes.ReplaceAll(content, []byte("url(vendor/"+other+")"), []byte("url("+a.url+")"))
		}
	}
	sum := sha256.Sum256(content)
	a := asset{
		url:   Prefix + hex.EncodeToString(sum[:6]) + "/" + base,
		kind:  kinds[path.Ext(name)],
		plain: content,
	}
	if path.Ext(name) != ".woff2" {
		a.gzipped = compress(content)
	}
	return a
}

var kinds = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".woff2": "font/woff2",
}

var (
	styleComments  = regexp.MustCompile(`(?s)/\*.*?\*/`)
	scriptComments = regexp.MustCompile(`(?m)^\s*//.*\n`)
	indents        = regexp.MustCompile(`(?m)^\s+`)
)

// spare leaves out what only its readers need of a file of ours: the comments, each
// on lines of its own, and the indentation. Vendored files stay as they came.
func spare(name string, content []byte) []byte {
	switch {
	case path.Dir(name) != ".":
		return content
	case path.Ext(name) == ".css":
		content = styleComments.ReplaceAll(content, nil)
	case path.Ext(name) == ".js":
		content = scriptComments.ReplaceAll(content, nil)
	default:
		return content
	}
	return indents.ReplaceAll(content, nil)
}

func compress(content []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	w.Write(content)                                      // a bytes.Buffer never fails
	w.Close()
	return b.Bytes()
}

// URL is the address of the file with the given base name. It panics when there
// is none: that is a mistake in a template, found by rendering it once.
func URL(name string) string {
	a, ok := assets()[name]
	if !ok {
		panic("static: no file named " + name)
	}
	return a.url
}

// Handler serves the files. An address whose hash is another release's is
// answered with the present content and not kept, so that pages of either
// release work while both are running.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	a, ok := assets()[path.Base(r.URL.Path)]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	if r.URL.Path == a.url {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body := a.plain
	if a.gzipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = a.gzipped
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body) // a client that went away needs no answer
	}
}

// acceptsGzip reads Accept-Encoding as far as browsers and proxies use it: gzip
// named, and not refused by q=0.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if strings.TrimSpace(name) == "gzip" {
			return strings.ReplaceAll(quality, " ", "") != "q=0"
		}
	}
	return false
}
