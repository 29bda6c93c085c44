package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"habilis/internal/sms/gateway"
)

const token = "jeton-tres-secret"

var hello = gateway.Message{To: "+15145550123", Text: "Code : \"123 456\" & l'été\n@habilis #123456"}

// got is what a server was sent.
type got struct {
	method, address, body string
	header                http.Header
}

// serve is a gateway that notes what comes, and answers with a status.
func serve(t *testing.T, status int) (address string, last *got) {
	t.Helper()
	last = &got{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*last = got{r.Method, r.URL.String(), string(body), r.Header}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "refusé : "+token)
	}))
	t.Cleanup(server.Close)
	return server.URL, last
}

func open(t *testing.T, c gateway.Config) *gateway.Gateway {
	t.Helper()
	g, err := c.Gateway()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func jsonAt(address string) gateway.Config {
	return gateway.Config{URL: address + "/messages", Headers: "Content-Type: application/json|Authorization: Bearer {{.Secret}}",
		Body: `{"to": "{{.To}}", "text": "{{.Text}}"}`, Secret: token}
}

func TestAMessageIsWrittenAsJSON(t *testing.T) {
	address, last := serve(t, http.StatusCreated)
	if err := open(t, jsonAt(address)).Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	var said struct{ To, Text string }
	if err := json.Unmarshal([]byte(last.body), &said); err != nil || said.To != hello.To || said.Text != hello.Text {
		t.Errorf("%s: %+v, %v", last.body, said, err)
	}
	if last.method != "POST" || last.header.Get("Authorization") != "Bearer "+token || last.header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", last)
	}
}

func TestAMessageIsWrittenAsAForm(t *testing.T) {
	address, last := serve(t, http.StatusOK)
	g := open(t, gateway.Config{URL: address, Method: "put", Headers: "Content-Type: application/x-www-form-urlencoded; charset=utf-8",
		Body: "key={{.Secret}}&to={{.To}}&text={{.Text}}", Secret: "a&b=c"})
	if err := g.Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	said, err := url.ParseQuery(last.body)
	if err != nil || said.Get("to") != hello.To || said.Get("text") != hello.Text || said.Get("key") != "a&b=c" || last.method != "PUT" {
		t.Errorf("%+v, %v", last, err)
	}
}

func TestAMessageIsWrittenIntoAnAddress(t *testing.T) {
	address, last := serve(t, http.StatusOK)
	g := open(t, gateway.Config{URL: address + "/send?to={{.To}}&text={{.Text}}&key={{.Secret}}", Method: "GET", Secret: token})
	if err := g.Send(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(last.address)
	if err != nil || u.Query().Get("to") != hello.To || u.Query().Get("text") != hello.Text || last.method != "GET" || last.body != "" {
		t.Errorf("%+v, %v", last, err)
	}
}

func TestWhatTheGatewayAnswersDecidesWhetherItIsTriedAgain(t *testing.T) {
	for status, permanent := range map[int]bool{400: true, 404: true, 422: true, 302: true, 401: false, 403: false, 408: false, 429: false, 500: false, 503: false} {
		address, _ := serve(t, status)
		err := open(t, jsonAt(address)).Send(t.Context(), hello)
		var said *gateway.Rejection
		if !errors.As(err, &said) || said.Status != status || said.Permanent != permanent {
			t.Errorf("%d: %v", status, err)
		}
		if strings.Contains(err.Error(), token) || strings.Contains(err.Error(), address) {
			t.Errorf("%d: says %v", status, err)
		}
	}
}

func TestAGatewayThatIsSlowCutsOrIsGoneIsTriedAgain(t *testing.T) {
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(release) })
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}))
	t.Cleanup(cut.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for what, address := range map[string]string{"slow": slow.URL, "cut": cut.URL, "gone": gone.URL} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		err := open(t, jsonAt(address)).Send(ctx, hello)
		cancel()
		var said *gateway.Rejection
		if err == nil || errors.As(err, &said) {
			t.Errorf("%s: %v", what, err)
		}
		if err != nil && strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: says where: %v", what, err)
		}
	}
}

func TestAConfigurationThatCantWorkIsRefusedInOneLineWithoutItsSecret(t *testing.T) {
	const https = "https://sms.quebec/m"
	for what, c := range map[string]gateway.Config{
		"not an address":        {URL: "sms.quebec", Headers: "Content-Type: text/plain", Body: "{{.To}} {{.Text}}"},
		"in clear":              {URL: "http://sms.quebec/m", Headers: "Content-Type: text/plain", Body: "{{.To}} {{.Text}}"},
		"another method":        {URL: https, Method: "DELETE", Headers: "Content-Type: text/plain", Body: "{{.To}} {{.Text}}"},
		"no content type":       {URL: https, Body: "to={{.To}}&text={{.Text}}"},
		"another content type":  {URL: https, Headers: "Content-Type: text/xml", Body: "<to>{{.To}}</to>{{.Text}}"},
		"half a header":         {URL: https, Headers: "Content-Type: text/plain|Authorization", Body: "{{.To}} {{.Text}}"},
		"a header cut in two":   {URL: https, Headers: "Content-Type: text/plain|X-Key: {{.Secret}}", Body: "{{.To}} {{.Text}}", Secret: token + "\r\nX: y"},
		"half a template":       {URL: https, Headers: "Content-Type: text/plain", Body: "{{.To} {{.Text}}"},
		"an unknown name":       {URL: https, Headers: "Content-Type: text/plain", Body: "{{.To}} {{.Text}} {{.Price}}"},
		"JSON without quotes":   {URL: https, Headers: "Content-Type: application/json", Body: `{"to": {{.To}}, "text": {{.Text}}}`},
		"nothing to read":       {URL: https, Headers: "Content-Type: text/plain", Body: "{{.To}}"},
		"nobody to read it":     {URL: https, Headers: "Content-Type: text/plain", Body: "{{.Text}}"},
		"a function that fails": {URL: https, Headers: "Content-Type: text/plain", Body: "{{index .To 99}} {{.To}} {{.Text}}"},
	} {
		if c.Secret == "" {
			c.Secret = token
		}
		_, err := c.Gateway()
		if err == nil || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestTextsGoToNumbersThatBeginAsTheSiteSays(t *testing.T) {
	for numbers, want := range map[string]bool{"": true, "+1": true, "+33, +1 ": true, "+33": false, "+1438": false} {
		g, err := gateway.Config{URL: "https://gateway.test/?to={{.To}}&text={{.Text}}", Method: "GET", Numbers: numbers}.Gateway()
		if err != nil {
			t.Fatalf("%q: %v", numbers, err)
		}
		if g.Reaches("+15145550123") != want {
			t.Errorf("%q: it is %v that texts reach +15145550123", numbers, !want)
		}
	}
	for _, numbers := range []string{"1", "+", "CA", "+0", "+1;+33"} {
		if _, err := (gateway.Config{URL: "https://gateway.test/?to={{.To}}&text={{.Text}}", Method: "GET", Numbers: numbers}).Gateway(); err == nil {
			t.Errorf("%q is taken", numbers)
		}
	}
}
