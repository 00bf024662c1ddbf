package main

import (
	"log"
	"net/http"
	"time"
)

func main() {
	srv := &http.Server{Addr: ":8080"}
	limit(srv)
	log.Fatal(srv.ListenAndServe())
}

func limit(srv *http.Server) {
	srv.ReadHeaderTimeout = 10 * time.Second
}
