package main

import (
	"log"
	"net/http"
)

func order(w http.ResponseWriter, r *http.Request) {
	log.Printf("order from %s", r.RemoteAddr)
}

func main() {
	log.Print("starting")
	http.HandleFunc("/order", order)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
