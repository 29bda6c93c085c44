// Package gateway hands text messages to whatever HTTP gateway a site has: an
// address, a method, a body to fill in, headers, a secret.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"text/template"
	"time"
)

// Message is a text to a telephone.
type Message struct {
	To   string // E.164, with its +
	Text string
}

// Rejection is a gateway's refusal.
type Rejection struct {
	Status    int // of HTTP
	Permanent bool
}

func (r *Rejection) Error() string { return fmt.Sprintf("the gateway answered %d", r.Status) }

// patience bounds the exchange with a gateway.
const patience = 20 * time.Second

// heard is how many bytes of an answer are read, so that the connection can serve
// again.
const heard = 4 << 10

// Gateway is where messages are handed over. It follows no redirection.
type Gateway struct {
	method  string
	url     *template.Template
	body    *template.Template
	headers map[string]*template.Template
	encode  func(string) string // into the body
	secret  string
	begin   []string // of the numbers that texts go to; none for any
	client  *http.Client
}

// errUnheard is all that is said of an exchange that failed: what the client says
// names the address, in which a secret may stand.
var errUnheard = errors.New("the gateway did not answer")

// Send is one request. An error that is not a permanent [Rejection] means: try
// again later. Any 2xx means that the gateway has taken the message; 408,
// 429 and 5xx that it can't now; 401 and 403 that our secret is wrong, which may
// be mended; all else that it won't.
func (g *Gateway) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := g.request(ctx, m)
	if err != nil {
		return err
	}
	response, err := g.client.Do(request)
	if err != nil {
		return errUnheard
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, heard)) // its words may quote what was sent
	switch s := response.StatusCode; {
	case s >= 200 && s < 300:
		return nil
	case s >= 500, s == http.StatusRequestTimeout, s == http.StatusTooManyRequests, s == http.StatusUnauthorized, s == http.StatusForbidden:
		return &Rejection{Status: s}
	default:
		return &Rejection{Status: s, Permanent: true}
	}
}

// request fills in all that is sent. Errors name parts of it, never values.
func (g *Gateway) request(ctx context.Context, m Message) (*http.Request, error) {
	address, err := fillIn(g.url, g.values(m, inAddress))
	if err != nil {
		return nil, err
	}
	body, err := fillIn(g.body, g.values(m, g.encode))
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, g.method, address, strings.NewReader(body))
	if err != nil {
		return nil, errors.New("the gateway's address can't be read once it is filled in")
	}
	for name, header := range g.headers {
		value, err := fillIn(header, g.values(Message{}, asItIs))
		if err != nil {
			return nil, err
		}
		request.Header.Set(name, value)
	}
	return request, nil
}

// values are what templates may say of a message, each encoded.
func (g *Gateway) values(m Message, encode func(string) string) map[string]string {
	return map[string]string{"To": encode(m.To), "Text": encode(m.Text), "Secret": encode(g.secret)}
}

func fillIn(t *template.Template, values map[string]string) (string, error) {
	var b strings.Builder
	if err := t.Execute(&b, values); err != nil {
		return "", fmt.Errorf("the gateway's %s can't be filled in", t.Name())
	}
	return b.String(), nil
}
