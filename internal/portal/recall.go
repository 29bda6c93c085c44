package portal

import (
	"maps"
	"net/http"

	"habilis/internal/postgres"
)

// recall answers with what is remembered of the request's session; the door
// confirms it together with what it reads. As long as it hasn't, nothing of the
// answer leaves, whatever it is: then the request is answered again, with the
// session as the store has it, if it has.
func (s *Server) recall(next http.Handler) http.Handler {
	page := s.sessions.LoadAndSave(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, claim := postgres.Claiming(r.Context())
		held := &withheld{out: w, header: w.Header().Clone(), claim: claim}
		page.ServeHTTP(held, r.WithContext(ctx))
		if held.dropped || !claim.Holds() {
			page.ServeHTTP(w, r)
		}
	})
}

// withheld is an answer that leaves if its claim holds when it begins, and else
// is dropped. There is no way around it: it doesn't unwrap.
type withheld struct {
	out            http.ResponseWriter
	header         http.Header
	claim          *postgres.Claim
	begun, dropped bool
}

// Header is of the answer, and reaches no one when that is dropped.
func (w *withheld) Header() http.Header { return w.header }

// WriteHeader lets the answer out, or drops it.
func (w *withheld) WriteHeader(status int) {
	if w.begun {
		return
	}
	w.begun, w.dropped = true, !w.claim.Holds()
	if !w.dropped {
		maps.Copy(w.out.Header(), w.header)
		w.out.WriteHeader(status)
	}
}

// Write passes on what isn't dropped.
func (w *withheld) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.dropped {
		return len(b), nil
	}
	return w.out.Write(b)
}
