package portal

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/a-h/templ"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/i18n"
	"habilis/internal/signin"
	"habilis/internal/tenants/kinds"
	"habilis/web/ui"
)

// visit is one request on its way to a handler.
type visit struct {
	*Server
	w         http.ResponseWriter
	r         *http.Request
	now       time.Time
	say       *i18n.Printer // in the reader's locale; in a place in its kind's words, and in its time zone once a standing was read
	session   session
	remembers bool          // the request's session is loaded: see stranger
	signed    access.Signed // zero when nobody is signed in
	tenant    uuid.UUID     // the place of the address; zero outside places
	number    string        // its number
	kind      kinds.Kind    // its kind
	need      access.Need   // of the route; zero outside places
	guest     bool          // support looks around the place: see internal/stay
	sent      *sentForm     // what was posted; nil until it is read
	deviceOwn []byte        // what the browser is known by to who has come in from it
	noted     bool          // that someone came in from this browser
	wanted    signin.Method // by which a second factor is shown, where one is asked for again
}

// ctx is the request's context.
func (v *visit) ctx() context.Context { return v.r.Context() }

// actor is the signed-in person in the place of the address, as the address has it:
// whoever is of the place and of support is only ever one of the two.
func (v *visit) actor() access.Actor {
	if v.guest {
		return v.signed.Staying(v.tenant)
	}
	return v.signed.In(v.tenant)
}

// id is an identifier in the address; one that can't be read is absent.
func (v *visit) id(name string) (uuid.UUID, error) {
	id, err := uuid.Parse(chi.URLParam(v.r, name))
	if err != nil {
		return uuid.Nil, fault.NotFound("portal.absent")
	}
	return id, nil
}

// query is a parameter of the address, on one line and of a bearable length; one
// with controls, which nobody types, is none.
func (v *visit) query(name string) string {
	value := strings.Join(strings.Fields(v.r.URL.Query().Get(name)), " ")
	if strings.ContainsFunc(value, unicode.IsControl) {
		return ""
	}
	return strings.ToValidUTF8(value[:min(len(value), 200)], "")
}

// submission is the number that makes a form count once; a form without one
// counts each time it is sent.
func (v *visit) submission(f *form.Form) uuid.UUID {
	id, err := uuid.Parse(f.Get("submission"))
	if err != nil {
		return access.NewID()
	}
	return id
}

// version is the edition of what a form was filled from; 0 is never current.
func version(f *form.Form) int {
	n, err := strconv.Atoi(f.Get("version"))
	if err != nil {
		return 0
	}
	return n
}

// base is the address of the place.
func (v *visit) base() string {
	if v.guest {
		return visited + v.number
	}
	return "/p/" + v.number
}

// in is an address within the place.
func (v *visit) in(format string, args ...any) string { return v.base() + fmt.Sprintf(format, args...) }

// inWindow reports whether the answer goes into the dialog of a page that is
// open already.
func (v *visit) inWindow() bool { return v.r.Header.Get("HX-Target") == ui.WindowID }

// live reports whether htmx replaces a part of the page with the answer.
func (v *visit) live() bool {
	return v.r.Header.Get("HX-Request") == "true" && v.r.Header.Get("HX-Boosted") == "" && !v.inWindow()
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// show answers with a page, rendered whole before the first byte leaves.
func (v *visit) show(status int, page templ.Component) error {
	b := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	if err := page.Render(v.ctx(), b); err != nil {
		return fmt.Errorf("rendering %s: %w", v.r.URL.Path, err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if status == http.StatusTooManyRequests {
		h.Set("Retry-After", strconv.Itoa(int(access.Patience.Seconds())))
	}
	h.Add("Vary", "Accept-Encoding, HX-Request, HX-Target")
	body := b
	if b.Len() > worthPacking && strings.Contains(v.r.Header.Get("Accept-Encoding"), "gzip") {
		body = buffers.Get().(*bytes.Buffer)
		defer buffers.Put(body)
		if err := pack(body, b.Bytes()); err != nil {
			return err
		}
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", strconv.Itoa(body.Len()))
	v.w.WriteHeader(status)
	if _, err := v.w.Write(body.Bytes()); err != nil {
		v.log.Debug("answer cut", "request", originOf(v.r).id, "error", err)
	}
	return nil
}

// worthPacking is the size, in bytes, from which a page is compressed: what fits
// in one packet isn't.
const worthPacking = 1400

var packers = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level above is out of range
	}
	return w
}}

// pack compresses a page. No page holds a secret beside what someone else may
// have typed, so its length tells nothing (BREACH).
func pack(into *bytes.Buffer, page []byte) error {
	into.Reset()
	w := packers.Get().(*gzip.Writer)
	defer packers.Put(w)
	w.Reset(into)
	if _, err := w.Write(page); err != nil {
		return fmt.Errorf("compressing a page: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compressing a page: %w", err)
	}
	return nil
}

// ok shows a page with status 200.
func (v *visit) ok(page templ.Component) error { return v.show(http.StatusOK, page) }

// again shows a form that was refused, with what was typed.
func (v *visit) again(f *form.Form, page templ.Component) error {
	return v.show(status(f.Faults.Kind()), page)
}

// goTo answers a successful post: the browser fetches the page that follows.
func (v *visit) goTo(path string) error {
	if v.r.Header.Get("HX-Request") == "true" {
		v.w.Header().Set("HX-Redirect", path)
		v.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	http.Redirect(v.w, v.r, path, http.StatusSeeOther)
	return nil
}

// done says what was done, once, on the page that follows.
func (v *visit) done(path, sentence string) error {
	v.sessions.Put(v.ctx(), keyFlash, sentence)
	return v.goTo(path)
}

// local returns next if it is a path of this site, else otherwise.
func local(next, otherwise string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return otherwise
	}
	return next
}
