package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

func order(w http.ResponseWriter, r *http.Request) {
	promauto.NewCounter(prometheus.CounterOpts{Name: "orders_total", Help: "Orders."}).Inc() // expect: metric-registered-twice
}

func main() {
	http.HandleFunc("/order", order)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
