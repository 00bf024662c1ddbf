package main

import (
	"flag"
	"log"
	"net/http"
)

func main() {
	addr := flag.String("metrics-addr", ":9090", "address of the metrics")
	flag.Parse()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
