package app

import (
	"net"
	"net/http"
	"strings"

	"habilis/internal/portal"
)

// named is the address that calls this machine localhost: browsers have passkeys
// for names alone. It is "" where another address is configured, and where
// localhost leads elsewhere.
func (a *App) named() string {
	if !a.byName || a.config.BaseURL != "" {
		return ""
	}
	host, port, err := net.SplitHostPort(a.people.listener.Addr().String())
	if err != nil || host != "127.0.0.1" && host != "::1" {
		return ""
	}
	return withoutDefault("http://localhost:" + port)
}

// withoutDefault leaves out the port that browsers leave out.
func withoutDefault(address string) string { return strings.TrimSuffix(address, ":80") }

// atItsName sends whoever typed this machine's number to its name, where links
// lead and sessions and passkeys are.
func (a *App) atItsName(next http.Handler) http.Handler {
	name, number := a.named(), withoutDefault(a.people.listener.Addr().String())
	if name == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if withoutDefault(r.Host) == number && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
			portal.Secure(w.Header())
			http.Redirect(w, r, name+r.URL.RequestURI(), http.StatusTemporaryRedirect)
			return
		}
		next.ServeHTTP(w, r)
	})
}
