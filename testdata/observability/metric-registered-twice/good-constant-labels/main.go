package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var requests = promauto.NewCounter(prometheus.CounterOpts{Name: "requests_total", Help: "All.", ConstLabels: prometheus.Labels{"kind": "all"}})

var failures = promauto.NewCounter(prometheus.CounterOpts{Name: "requests_total", Help: "Bad.", ConstLabels: prometheus.Labels{"kind": "bad"}})

func main() {
	requests.Inc()
	failures.Inc()
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
