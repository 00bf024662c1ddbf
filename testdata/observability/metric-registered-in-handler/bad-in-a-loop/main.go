package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	for _, path := range []string{"/a", "/b"} {
		hits := prometheus.NewCounter(prometheus.CounterOpts{Name: "hits_total", Help: "Hits."})
		prometheus.MustRegister(hits) // expect: metric-registered-in-handler
		http.HandleFunc(path, func(http.ResponseWriter, *http.Request) { hits.Inc() })
	}
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
