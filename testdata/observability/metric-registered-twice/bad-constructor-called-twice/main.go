package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func made() prometheus.Counter {
	return promauto.NewCounter(prometheus.CounterOpts{Name: "made_total", Help: "All."}) // expect: metric-registered-twice
}

func main() {
	first, second := made(), made()
	first.Inc()
	second.Inc()
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
