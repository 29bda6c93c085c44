package portal

import (
	"errors"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/postgres"
	"habilis/internal/signin"
	"habilis/internal/tenants"
)

// handler answers a visit, or says in an error why not.
type handler func(*visit) error

// Route is one line of routes.go. Need is what the operation behind it asks
// for; the operation itself enforces it, and a test compares the two.
type Route struct {
	Method  string
	Pattern string // of chi
	Room    Room
	Need    access.Need // in places only
	serve   handler
	inside  handler // in places only: what serve does once the person is inside
}

// Room says who may knock at a route at all.
type Room uint8

// The rooms, from the street inwards.
const (
	Street  Room = iota // anyone
	Hall                // who is signing in, at the given stage
	Desk                // who is signed in, outside places
	Place               // who is signed in, in the place of the address
	Visited             // support, in the place of the address
)

func open(method, pattern string, h handler) Route {
	return Route{Method: method, Pattern: pattern, Room: Street, serve: h}
}

func hall(method, pattern string, stage signin.Stage, h handler) Route {
	return Route{Method: method, Pattern: pattern, Room: Hall, serve: func(v *visit) error {
		if v.session.account == uuid.Nil {
			return v.goTo("/signin")
		}
		if v.session.stage != stage {
			return v.goTo(v.session.stage.Path())
		}
		return h(v)
	}}
}

func desk(method, pattern string, h handler) Route {
	return Route{Method: method, Pattern: pattern, Room: Desk, serve: func(v *visit) error {
		if !v.session.whole() {
			return errSignIn
		}
		return h(v)
	}}
}

func place(method, pattern string, need access.Need, h handler) Route {
	return Route{Method: method, Pattern: "/p/{number}" + pattern, Room: Place, Need: need, inside: h, serve: func(v *visit) error {
		if !v.session.whole() {
			return errSignIn
		}
		v.need = need
		if err := v.enterPlace(); err != nil {
			return err
		}
		if need.Proof != access.NoProof && method == http.MethodPost { // a proof comes with what it is for
			if _, err := v.form(); err != nil {
				return err
			}
		}
		return h(v)
	}}
}

// Answers that read a whole place, and keep it while they are written: one place
// has 2 made at once.
const (
	heavyAtOnce = 2
	heavyBehind = 8
)

// heavy is a handler of such an answer: it waits for the place's turn.
func (s *Server) heavy(h handler) handler {
	return func(v *visit) error {
		end, err := s.large.Take(v.ctx(), v.tenant)
		if err != nil {
			return err
		}
		defer end()
		return h(v)
	}
}

// Handler is the whole portal.
func (s *Server) Handler() http.Handler {
	router := chi.NewRouter()
	router.Use(s.identify, s.secure, s.watch, http.NewCrossOriginProtection().Handler)
	s.mountPlain(router)
	router.Group(func(router chi.Router) {
		for _, route := range s.Routes() {
			router.Method(route.Method, route.Pattern, s.withSession(route)(s.answer(route.serve)))
		}
		nothing := s.sessions.LoadAndSave(s.answer(absent))
		router.NotFound(nothing.ServeHTTP)
		router.MethodNotAllowed(nothing.ServeHTTP)
	})
	return router
}

// withSession finds the request's session: for the pages of places, in memory first.
func (s *Server) withSession(r Route) func(http.Handler) http.Handler {
	if r.Room >= Place && r.Method == http.MethodGet {
		return s.recall
	}
	return s.sessions.LoadAndSave
}

func (s *Server) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visitOf(w, r)
		if err := h(v); err != nil && !errors.Is(err, postgres.ErrClaim) { // see recall
			v.refuse(err)
		}
	})
}

// plain answers without a session, to anyone.
func (s *Server) plain(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.stranger(w, r)
		if err := h(v); err != nil {
			v.refuse(err)
		}
	})
}

// enterPlace finds the place of the address; one that does not exist and one
// that the person does not belong to answer alike, at the door.
func (v *visit) enterPlace() error {
	v.number = chi.URLParam(v.r, "number")
	found, err := v.Tenants.ByNumber(v.ctx(), v.number)
	if err != nil {
		return err
	}
	v.stand(found)
	return v.noteArrival()
}

// stand puts the visit into a place: from here on it speaks its kind's words.
func (v *visit) stand(in tenants.Place) {
	v.tenant = in.ID
	v.signed = v.signedIn(v.r, in.ID)
	v.kind, _ = v.Tenants.Kinds().Kind(in.Kind)
	v.speakAs(in.Kind)
}

// speakAs makes the visit speak as the places of a kind do.
func (v *visit) speakAs(kind string) {
	v.say = v.Tenants.Kinds().Printer(kind, v.say.Locale())
}

// noteArrival notes, once a session, that the person came to the place.
func (v *visit) noteArrival() error {
	key := keyCame + v.tenant.String()
	if v.sessions.GetBool(v.ctx(), key) {
		return nil
	}
	if err := v.Signin.Arrive(v.ctx(), v.signed, v.tenant); err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), key, true)
	return nil
}
