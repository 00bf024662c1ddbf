package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var jobs = prometheus.NewCounter(prometheus.CounterOpts{Name: "jobs_total", Help: "All."})

var zoned = prometheus.NewCounter(prometheus.CounterOpts{Name: "jobs_total", Help: "All."})

func main() {
	wrapped := prometheus.WrapRegistererWith(prometheus.Labels{"zone": "a"}, prometheus.DefaultRegisterer)
	prometheus.MustRegister(jobs) // expect(label): metric-registered-twice
	wrapped.MustRegister(zoned)   // expect: metric-registered-twice
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
