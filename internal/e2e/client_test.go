package e2e_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"habilis/internal/pgtest/place"
)

// jar keeps cookies as a browser does for a loopback address, to which it sends
// Secure ones too.
type jar struct {
	mu   sync.Mutex
	kept map[string]string
}

func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, c := range cookies {
		if c.MaxAge < 0 || c.Value == "" {
			delete(j.kept, c.Name)
			continue
		}
		j.kept[c.Name] = c.Value
	}
}

// copy is a jar that holds the same.
func (j *jar) copy() *jar {
	j.mu.Lock()
	defer j.mu.Unlock()
	return &jar{kept: maps.Clone(j.kept)}
}

func (j *jar) Cookies(*url.URL) []*http.Cookie {
	j.mu.Lock()
	defer j.mu.Unlock()
	var cookies []*http.Cookie
	for _, name := range slices.Sorted(maps.Keys(j.kept)) {
		cookies = append(cookies, &http.Cookie{Name: name, Value: j.kept[name]})
	}
	return cookies
}

// visitor is someone's browser, without the picture.
type visitor struct {
	t      testing.TB
	base   string
	jar    *jar
	header http.Header // sent with each request
	client *http.Client
	now    func() time.Time // the server's
}

func (s *server) visitor(t testing.TB) *visitor {
	v := &visitor{t: t, base: s.address, now: s.clock.Now, jar: &jar{kept: map[string]string{}}, header: http.Header{"Accept-Language": {"fr-CA"}}}
	v.client = &http.Client{
		Jar:           v.jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return v
}

// at is the same browser, with the same cookies, before another server.
func (v *visitor) at(s *server) *visitor {
	moved := *v
	moved.base = s.address
	return &moved
}

// answer is what came back.
type answer struct {
	visitor *visitor
	path    string
	status  int
	header  http.Header
	body    string
}

func (v *visitor) get(path string) *answer {
	v.t.Helper()
	return v.send("GET", path, nil)
}

// post sends a form as a browser without script does.
func (v *visitor) post(path string, fields url.Values) *answer {
	v.t.Helper()
	return v.send("POST", path, fields)
}

func (v *visitor) send(method, path string, fields url.Values) *answer {
	v.t.Helper()
	a, err := v.try(method, path, fields)
	if err != nil {
		v.t.Fatalf("%s %s: %v", method, path, err)
	}
	if strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		mustSpeak(v.t, path, a.text())
	}
	return a
}

// try is send for what may fail, and from other goroutines.
func (v *visitor) try(method, path string, fields url.Values) (*answer, error) {
	var body io.Reader
	if fields != nil {
		body = strings.NewReader(fields.Encode())
	}
	request, err := http.NewRequestWithContext(v.t.Context(), method, v.base+path, body)
	if err != nil {
		return nil, err
	}
	maps.Copy(request.Header, v.header)
	if host := v.header.Get("Host"); host != "" {
		request.Host = host
	}
	if fields != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := v.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(response.Body); err != nil {
		return nil, err
	}
	return &answer{v, path, response.StatusCode, response.Header, b.String()}, nil
}

// follow goes where the answer leads, to the page at the end.
func (a *answer) follow() *answer {
	a.visitor.t.Helper()
	for hops := 0; a.status == http.StatusSeeOther; hops++ {
		if hops == 10 {
			a.visitor.t.Fatalf("going round in circles: %s", a.path)
		}
		a = a.visitor.get(a.header.Get("Location"))
	}
	return a
}

// want fails the test unless the answer has one of the statuses.
func (a *answer) want(statuses ...int) *answer {
	a.visitor.t.Helper()
	if !slices.Contains(statuses, a.status) {
		a.visitor.t.Fatalf("%s answered %d, want %v\n%s", a.path, a.status, statuses, a.text())
	}
	return a
}

// sees fails the test unless the page can be read to say so.
func (a *answer) sees(texts ...string) *answer {
	a.visitor.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.text(), text) {
			a.visitor.t.Errorf("%s does not say “%s”:\n%s", a.path, text, a.text())
		}
	}
	return a
}

func (a *answer) doc() *html.Node {
	doc, err := html.Parse(strings.NewReader(a.body))
	if err != nil {
		a.visitor.t.Fatalf("%s: %v", a.path, err)
	}
	return doc
}

// text is what can be read on the page, spaces and apostrophes made plain.
func (a *answer) text() string { return textOf(a.doc()) }

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Parent.Data != "script" && d.Parent.Data != "style" {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(b.String()), " "), "’", "'")
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// sheet is a form of a page, with what it holds.
type sheet struct {
	visitor *visitor
	action  string
	values  url.Values
}

// form is the page's form that is posted where ending says.
func (a *answer) form(ending string) *sheet {
	a.visitor.t.Helper()
	for n := range a.doc().Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || attribute(n, "method") != "post" || !strings.HasSuffix(attribute(n, "action"), ending) {
			continue
		}
		f := &sheet{a.visitor, attribute(n, "action"), url.Values{}}
		for d := range n.Descendants() {
			f.read(d)
		}
		return f
	}
	a.visitor.t.Fatalf("%s (%d) has no form that goes to …%s\n%s", a.path, a.status, ending, a.text())
	return nil
}

func (f *sheet) read(n *html.Node) {
	name := attribute(n, "name")
	if n.Type != html.ElementNode || name == "" || has(n, "disabled") {
		return
	}
	switch n.Data {
	case "input":
		if kind := attribute(n, "type"); kind != "radio" && kind != "checkbox" || has(n, "checked") {
			f.values.Add(name, attribute(n, "value"))
		}
	case "textarea":
		f.values.Add(name, textOf(n))
	case "select":
		f.values.Add(name, chosen(n))
	}
}

// chosen is the value of the selected option, else of the first.
func chosen(list *html.Node) string {
	first, found := "", false
	for o := range list.Descendants() {
		if o.Type != html.ElementNode || o.Data != "option" {
			continue
		}
		if has(o, "selected") {
			return attribute(o, "value")
		}
		if !found {
			first, found = attribute(o, "value"), true
		}
	}
	return first
}

// with fills fields; args alternate names and values.
func (f *sheet) with(args ...string) *sheet {
	for i := 0; i+1 < len(args); i += 2 {
		f.values.Set(args[i], args[i+1])
	}
	return f
}

func (f *sheet) send() *answer {
	f.visitor.t.Helper()
	return f.visitor.post(f.action, f.values)
}

// enter signs in with a name and a password and goes to where that leads.
func (v *visitor) enter(login, password string) *answer {
	v.t.Helper()
	return v.get("/signin").form("/signin").with("login", login, "password", password).send()
}

// signedIn is a browser in which a person with the common password is signed in.
func (s *server) signedIn(t testing.TB, who place.Person) *visitor {
	t.Helper()
	v := s.visitor(t)
	v.enter(who.Username, secret).want(http.StatusSeeOther).follow().want(http.StatusOK)
	return v
}

// session is the identifier of the session.
func (v *visitor) session() string { return v.jar.kept["__Host-habilis"] }
