package main

import (
	"flag"
	"log"
	"net/http"
)

func main() {
	addr := flag.String("listen", "localhost:8080", "address")
	flag.Parse()
	log.Fatal(http.ListenAndServe(*addr, nil))
}
