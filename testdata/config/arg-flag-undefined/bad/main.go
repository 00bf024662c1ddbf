package main

import (
	"flag"
	"log"
	"net/http"
)

func main() {
	addr := flag.String("metrics-addr", ":9090", "address of the metrics") // expect(label): arg-flag-undefined
	flag.Parse()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
