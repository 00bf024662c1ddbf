package main

import (
	"log"
	"net/http"
)

type handler struct{}

func (handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ready" {
		w.WriteHeader(http.StatusOK)
	}
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {})
	go func() { log.Fatal(http.ListenAndServe(":9090", mux)) }()
	srv := &http.Server{Addr: ":8080", Handler: handler{}}
	log.Fatal(srv.ListenAndServe())
}
