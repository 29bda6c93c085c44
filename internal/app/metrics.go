package app

import (
	"net/http"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"habilis/internal/secret/password"
)

// metrics answers machines: /metrics and nothing else.
func (a *App) metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{}))
	return mux
}

// measure registers what is told of the process, of its pools, and of its costliest
// work.
func (a *App) measure(hasher *password.Hasher) {
	a.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{PidFn: a.hashing.PID, Namespace: "habilis_hasher"}),
	)
	for of, pool := range map[string]*pgxpool.Pool{"acts": a.pool, "pages": a.pages, "worker": a.errands} {
		a.measurePool(prometheus.Labels{"of": of}, pool)
	}
	a.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "habilis_password_hashes_total", Help: "Passwords that were hashed or compared.",
	}, func() float64 { return float64(hasher.Derived()) }))
	a.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "habilis_hasher_starts_total", Help: "Times that the process that hashes passwords was started: once, unless it ended.",
	}, func() float64 { return float64(a.hashing.Starts()) }))
}

// measurePool registers what is told of a pool.
func (a *App) measurePool(labels prometheus.Labels, pool *pgxpool.Pool) {
	gauge := func(name, help string, read func(*pgxpool.Stat) int32) {
		a.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help, ConstLabels: labels},
			func() float64 { return float64(read(pool.Stat())) }))
	}
	gauge("habilis_pool_connections", "Connections to the database that are open.", (*pgxpool.Stat).TotalConns)
	gauge("habilis_pool_busy", "Connections to the database that are in use.", (*pgxpool.Stat).AcquiredConns)
	gauge("habilis_pool_most", "Connections to the database that may be open.", (*pgxpool.Stat).MaxConns)
	a.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "habilis_pool_waits_total", Help: "What had to wait for a connection to the database.", ConstLabels: labels,
	}, func() float64 { return float64(pool.Stat().EmptyAcquireCount()) }))
}
