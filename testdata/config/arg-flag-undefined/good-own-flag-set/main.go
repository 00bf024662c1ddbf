package main

import (
	"flag"
	"log"
	"net/http"
)

func main() {
	addr := flag.String("metrics-addr", ":9090", "address of the metrics")
	set := flag.NewFlagSet("api", flag.ExitOnError)
	set.Bool("verbose", false, "more")
	flag.Parse()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
