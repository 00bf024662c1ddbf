package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var warmup = prometheus.NewCounter(prometheus.CounterOpts{Name: "jobs_total", Help: "All."})

var jobs = prometheus.NewCounter(prometheus.CounterOpts{Name: "jobs_total", Help: "All."})

func main() {
	prometheus.MustRegister(warmup)
	prometheus.Unregister(warmup)
	prometheus.MustRegister(jobs)
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
