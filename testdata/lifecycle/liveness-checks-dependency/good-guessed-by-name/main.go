package main

import (
	"context"
	"log"
	"net/http"

	"example.org/parts"
)

type store struct{}

func (store) Ping(ctx context.Context) error {
	_, err := http.Get("http://stock/healthz")
	return err
}

func main() {
	part := parts.Load[0]
	log.Print(store{}.Ping(context.Background()))
	http.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		if err := part.Ping(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
