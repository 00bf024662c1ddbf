package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/redis/go-redis/v9"
)

// Pinger is what the handler needs of a store.
type Pinger interface {
	Ping(ctx context.Context) error
}

type store struct{ client *redis.Client }

func (s *store) Ping(ctx context.Context) error {
	return s.client.Ping(ctx).Err() // expect: liveness-checks-dependency
}

type server struct{ store Pinger }

func (s *server) health(w http.ResponseWriter, r *http.Request) {
	if err := s.store.Ping(r.Context()); err != nil {
		w.WriteHeader(503)
	}
}

func main() {
	s := &server{store: &store{client: redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS")})}}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", http.HandlerFunc(s.health))
	log.Fatal(http.ListenAndServe(":8080", mux))
}
