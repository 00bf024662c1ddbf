package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func main() {
	http.HandleFunc("/orders", func(w http.ResponseWriter, _ *http.Request) {
		registry := prometheus.NewRegistry()
		promauto.With(registry).NewCounter(prometheus.CounterOpts{Name: "orders_total", Help: "Orders."}).Inc()
		w.WriteHeader(http.StatusAccepted)
	})
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
