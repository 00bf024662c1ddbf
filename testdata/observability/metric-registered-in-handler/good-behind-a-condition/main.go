package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var orders prometheus.Counter

func main() {
	http.HandleFunc("/orders", func(w http.ResponseWriter, _ *http.Request) {
		if orders == nil {
			orders = promauto.NewCounter(prometheus.CounterOpts{Name: "orders_total", Help: "Orders."})
		}
		orders.Inc()
		w.WriteHeader(http.StatusAccepted)
	})
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":8080", nil))
}
