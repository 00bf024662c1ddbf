package main

import (
	"log"
	"net/http"
	_ "net/http/pprof"
)

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	})
	go func() {
		log.Print(http.ListenAndServe(":6060", nil))
	}()
	log.Fatal(http.ListenAndServe(":8080", mux))
}
