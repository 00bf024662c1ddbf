package main

import (
	"log"
	"net/http"
)

func handle(w http.ResponseWriter, r *http.Request) {}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/orders", handle)
	mux.HandleFunc("/readyz", handle)
	log.Fatal(http.ListenAndServe(":8080", mux))
}
