package main

import (
	"log"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp" // expect(label): scrape-target-mismatch
)

func main() {
	http.Handle("/metrics", promhttp.Handler())
	log.Fatal(http.ListenAndServe(":9090", nil))
}
