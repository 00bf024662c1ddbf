package main

import (
	"log"
	"net/http"
)

func main() {
	srv := &http.Server{Addr: ":8080"} // expect: server-header-timeout-missing
	log.Fatal(srv.ListenAndServe()) // expect(label): server-header-timeout-missing
}
