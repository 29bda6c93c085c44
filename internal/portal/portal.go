// Package portal is the HTTP edge: it turns requests into calls of the
// capabilities, and what they return into pages. It holds no rule of the
// domain and no SQL.
//
// A request goes through the middleware of [Server.Handler], then to the
// handler that routes.go mounts for it, which gets a [visit]: the request, who
// is signed in, and the place of the address. What a handler returns as an error
// becomes an answer in refuse.go, and nowhere else.
package portal

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/prometheus/client_golang/prometheus"

	"habilis/internal/access"
	"habilis/internal/account"
	"habilis/internal/audit"
	"habilis/internal/help"
	"habilis/internal/journal"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/postgres"
	"habilis/internal/records"
	"habilis/internal/roles"
	"habilis/internal/signin"
	"habilis/internal/sms"
	"habilis/internal/stay"
	"habilis/internal/tenants"
)

// Options is what the portal is told by its configuration.
type Options struct {
	BaseURL        string         // https://habilis.example, without a slash at the end
	Support        string         // the site's support address, where a place names none
	TrustedProxies []netip.Prefix // whose X-Forwarded-For is believed
	Mailbox        *mail.Mailbox  // the demo's mailbox; nil outside the demo
	Texts          *sms.Shelf     // the demo's text messages; nil where none are kept
	Metrics        prometheus.Registerer
}

// Services are the capabilities behind the portal.
type Services struct {
	Tenants *tenants.Service
	Roles   *roles.Service
	People  *people.Service
	Signin  *signin.Service
	Help    *help.Service
	Account *account.Service
	Journal *journal.Service
	Records *records.Service
	Audit   *audit.Service
	Stay    *stay.Service
}

// Server answers requests. Its state is the database's: several may run side by side.
type Server struct {
	Options
	Services
	sessions *scs.SessionManager
	kept     *postgres.Sessions // where they are kept
	large    *access.Turns      // of answers that read a whole place
	metrics  *metrics
	log      *slog.Logger
	clock    func() time.Time
}

// Lifetime is how long a session lasts at most; how long it may stay idle is
// the store's.
const Lifetime = 12 * time.Hour

// New returns the portal. store keeps its sessions.
func New(o Options, services Services, store *postgres.Sessions, log *slog.Logger, clock func() time.Time) *Server {
	s := &Server{Options: o, Services: services, kept: store, large: access.NewTurns(heavyAtOnce, heavyBehind), metrics: newMetrics(o.Metrics), log: log, clock: clock}
	s.sessions = scs.New()
	s.sessions.Store = store
	s.sessions.Codec = store
	s.sessions.Lifetime = Lifetime
	s.sessions.HashTokenInStore = true
	s.sessions.Cookie = scs.SessionCookie{
		Name: "__Host-habilis", Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode, Persist: false,
	}
	s.sessions.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { s.fail(w, r, err) }
	return s
}
