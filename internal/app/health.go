package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"habilis/internal/portal"
	"habilis/internal/postgres"
)

// healthTime bounds the question to the database.
const healthTime = 2 * time.Second

// health answers /livez, which asks nobody, and /readyz, which asks the
// database whether it is there and new enough.
func (a *App) health(next http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", a.readyz)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/livez" || r.URL.Path == "/readyz" {
			mux.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// readyz says no more than needed: people can reach it.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	if a.draining.Load() {
		say(w, http.StatusServiceUnavailable, "stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), healthTime)
	defer cancel()
	err := postgres.CheckSchema(ctx, a.pool)
	var old *postgres.OldSchemaError
	if err != nil && !errors.As(err, &old) {
		a.pool.Reset() // its connections may be of a server that has since restarted
		a.pages.Reset()
		a.errands.Reset()
		err = postgres.CheckSchema(ctx, a.pool)
	}
	switch {
	case err == nil:
		say(w, http.StatusOK, "ok")
	case errors.As(err, &old):
		a.log.Error("not ready", "error", err)
		say(w, http.StatusServiceUnavailable, "the database must be migrated")
	default:
		a.log.Error("not ready", "error", err)
		say(w, http.StatusServiceUnavailable, "the database does not answer")
	}
}

func say(w http.ResponseWriter, status int, what string) {
	portal.Secure(w.Header())
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, what+"\n")
}
