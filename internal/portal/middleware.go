package portal

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

// policy is the content security policy: everything comes from the portal
// itself, and nothing is inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure sets the headers of every answer, errors and redirects included.
func (s *Server) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		Secure(h)
		if strings.HasPrefix(s.BaseURL, "https://") {
			h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// Secure sets what every answer of a server carries, the portal's or not.
func Secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), "+
		"publickey-credentials-create=(self), publickey-credentials-get=(self)")
	h.Set("Cache-Control", "no-store")
}

// origin is what is known of where a request comes from.
type origin struct {
	id      string // of the request, said to the person when something fails
	address string // the client's, through declared proxies only
}

type originKey struct{}

func originOf(r *http.Request) origin {
	o, _ := r.Context().Value(originKey{}).(origin)
	return o
}

// identify gives each request its number and finds the client's address.
func (s *Server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := origin{id: rand.Text()[:12], address: s.clientAddress(r)}
		w.Header().Set("X-Request-Id", o.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), originKey{}, o)))
	})
}

// clientAddress walks X-Forwarded-For from its end while the hop is a declared
// proxy; anything further left is the client's own claim.
func (s *Server) clientAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && s.trusts(host); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		host = hop.Unmap().String()
	}
	return host
}

func (s *Server) trusts(host string) bool {
	address, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	for _, proxies := range s.TrustedProxies {
		if proxies.Contains(address.Unmap()) {
			return true
		}
	}
	return false
}

// watch logs each request once, by its route and never by its query, and turns
// a panic into a failure with a number.
func (s *Server) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		began := time.Now()
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.log.Error("panic", "request", originOf(r).id, "panic", p, "stack", string(debug.Stack()))
				if !seen.wrote {
					s.sayFailed(seen, r)
				}
			}
			s.observe(r, seen.status, time.Since(began))
		}()
		next.ServeHTTP(seen, r)
	})
}

func (s *Server) observe(r *http.Request, status int, took time.Duration) {
	route := chi.RouteContext(r.Context()).RoutePattern()
	s.metrics.observe(r.Method, route, status, took)
	level := slog.LevelDebug
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.log.Log(r.Context(), level, "request", "request", originOf(r).id, "method", r.Method, "route", route,
		"status", status, "ms", took.Milliseconds(), "address", originOf(r).address)
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *statusWriter) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
