package main

import (
	"log"
	"net/http"
	"os"
)

func handle(w http.ResponseWriter, r *http.Request) {}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc(os.Getenv("ROUTE"), handle)
	log.Fatal(http.ListenAndServe(":8080", mux))
}
