package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func probe(w http.ResponseWriter, r *http.Request) {
	success := prometheus.NewGauge(prometheus.GaugeOpts{Name: "probe_success", Help: "Up."})
	registry := prometheus.NewRegistry()
	registry.MustRegister(success)
	success.Set(1)
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

func main() {
	http.HandleFunc("/probe", probe)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
