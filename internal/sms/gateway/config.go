package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/net/http/httpguts"
)

// Config is a gateway as a site describes it. The address and the body are
// templates of {{.To}}, {{.Text}} and {{.Secret}}, the headers of {{.Secret}}
// alone. Values are encoded: in the address and a form as after an =, in JSON as
// between quotes, in plain text not at all.
type Config struct {
	URL     string
	Method  string // POST when empty
	Body    string
	Headers string // "Name: value", on lines or with | between
	Secret  string
	Numbers string // how numbers that texts go to begin, with blanks or commas between; "" for any
}

// Gateway checks the configuration as a whole and makes the gateway. An error is
// one line, which says what to write and none of the values.
func (c Config) Gateway() (*Gateway, error) {
	g := &Gateway{method: http.MethodPost, secret: c.Secret, headers: map[string]*template.Template{}}
	if c.Method != "" {
		g.method = strings.ToUpper(c.Method)
	}
	if !slices.Contains([]string{http.MethodPost, http.MethodPut, http.MethodGet}, g.method) {
		return nil, errors.New("the method must be POST, PUT or GET")
	}
	g.begin = strings.FieldsFunc(c.Numbers, func(r rune) bool { return r == ' ' || r == ',' })
	if slices.ContainsFunc(g.begin, func(s string) bool { return !beginning.MatchString(s) }) {
		return nil, errors.New("the numbers must begin with + and digits, such as +1 +33")
	}
	kind, err := g.readHeaders(c.Headers)
	if err != nil {
		return nil, err
	}
	if g.encode, err = encoder(kind); err != nil {
		return nil, err
	}
	if g.url, err = parse("address", c.URL); err != nil {
		return nil, err
	}
	if g.body, err = parse("body", c.Body); err != nil {
		return nil, err
	}
	g.client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return g, g.tryOut(kind)
}

// beginning is that of numbers in E.164.
var beginning = regexp.MustCompile(`^\+[1-9][0-9]{0,14}$`)

// Reaches reports whether texts go to a number.
func (g *Gateway) Reaches(number string) bool {
	return len(g.begin) == 0 || slices.ContainsFunc(g.begin, func(s string) bool { return strings.HasPrefix(number, s) })
}

// readHeaders reads the headers and returns the content type.
func (g *Gateway) readHeaders(lines string) (kind string, err error) {
	for line := range strings.FieldsFuncSeq(lines, func(r rune) bool { return r == '\n' || r == '|' }) {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || value == "" || !httpguts.ValidHeaderFieldName(name) {
			return "", errors.New("the headers must be of the form Name: value, with | between them")
		}
		name = http.CanonicalHeaderKey(name)
		if name == "Content-Type" {
			if kind, _, err = mime.ParseMediaType(value); err != nil {
				return "", errors.New("the Content-Type can't be read")
			}
		}
		if g.headers[name], err = parse("headers", value); err != nil {
			return "", err
		}
	}
	return kind, nil
}

func parse(what, text string) (*template.Template, error) {
	t, err := template.New(what).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the %s can't be read: what is to be filled in is {{.To}}, {{.Text}} or {{.Secret}}", what)
	}
	return t, nil
}

// encoder is how values are written into a body of a content type.
func encoder(kind string) (func(string) string, error) {
	switch {
	case isJSON(kind):
		return inJSON, nil
	case kind == "application/x-www-form-urlencoded", kind == "":
		return inAddress, nil
	case kind == "text/plain":
		return asItIs, nil
	}
	return nil, errors.New("the Content-Type must be application/json, application/x-www-form-urlencoded or text/plain")
}

func isJSON(kind string) bool { return kind == "application/json" || strings.HasSuffix(kind, "+json") }

func asItIs(s string) string    { return s }
func inAddress(s string) string { return url.QueryEscape(s) }

// inJSON is a string as it stands between the quotes of JSON.
func inJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can
	}
	return string(quoted[1 : len(quoted)-1])
}

// hard is what is hardest to write, once.
var hard = Message{To: "+15145550123", Text: "\"é&=\\ + 100%\n"}

// tryOut fills everything in, as Send does.
func (g *Gateway) tryOut(kind string) error {
	address, err := fillIn(g.url, g.values(hard, inAddress))
	if err != nil {
		return err
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("the address must be that of an HTTP gateway")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return errors.New("the address is not https, so that codes could be read on the way")
	}
	body, err := fillIn(g.body, g.values(hard, g.encode))
	switch {
	case err != nil:
		return err
	case body != "" && kind == "":
		return errors.New("the headers must say the Content-Type of the body")
	case body != "" && isJSON(kind) && !json.Valid([]byte(body)):
		return errors.New(`the body is not JSON once it is filled in: write quotes around {{.To}} and {{.Text}}`)
	case !strings.Contains(body, g.encode(hard.Text)) && !strings.Contains(address, inAddress(hard.Text)):
		return errors.New("{{.Text}} stands neither in the body nor in the address: nobody would get a code")
	case !strings.Contains(body, g.encode(hard.To)) && !strings.Contains(address, inAddress(hard.To)):
		return errors.New("{{.To}} stands neither in the body nor in the address: nobody would get a code")
	}
	for _, header := range g.headers {
		value, err := fillIn(header, g.values(Message{}, asItIs))
		if err != nil {
			return err
		}
		if !httpguts.ValidHeaderFieldValue(value) {
			return errors.New("a header would have characters that none may have, once the secret is in it")
		}
	}
	return nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
