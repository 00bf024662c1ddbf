package main

import (
	"log"
	"net/http"
	"time"
)

func main() {
	srv := &http.Server{Addr: ":8080"}
	srv.ReadHeaderTimeout = 10 * time.Second
	log.Fatal(srv.ListenAndServe())
}
