// Command checkout takes orders over HTTP.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	"os"

	"example.com/shop/internal/auth"
)

type order struct {
	ID    string `json:"id"`
	Total int    `json:"total"`
}

func main() {
	password := os.Getenv("DB_PASSWORD")
	if password == "" {
		log.Fatal("DB_PASSWORD is not set")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {
		token, err := auth.Sign(r.Header.Get("X-User"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Authorization", token)
		_ = json.NewEncoder(w).Encode(order{ID: "1", Total: 42})
	})
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {})
	log.Fatal(http.ListenAndServe(":8080", mux))
}
