package portal

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts requests by route, which is a closed list, never by address.
type metrics struct {
	seconds *prometheus.HistogramVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "habilis_http_request_seconds",
		Help:    "Time to answer requests, by method, route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	}, []string{"method", "route", "status"})}
	registry.MustRegister(m.seconds)
	return m
}

func (m *metrics) observe(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	m.seconds.WithLabelValues(knownMethod(method), route, strconv.Itoa(status)).Observe(took.Seconds())
}

// knownMethod keeps made-up methods from making series.
func knownMethod(method string) string {
	switch method {
	case "GET", "HEAD", "POST":
		return method
	}
	return "other"
}
