package main

import (
	"log"
	"net/http"
)

func handle(w http.ResponseWriter, r *http.Request) {}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/orders", handle)
	log.Fatal(http.ListenAndServe(":8080", mux))
}
