package main

import (
	"log"
	"log/slog"
	"net/http"
)

func order(w http.ResponseWriter, r *http.Request) {
	log.Printf("order from %s", r.RemoteAddr)
	log.Printf("method %s", r.Method)
	log.Print("taken")
	slog.Info("taken")
}

func main() {
	log.Print("starting")
	http.HandleFunc("/order", order)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
