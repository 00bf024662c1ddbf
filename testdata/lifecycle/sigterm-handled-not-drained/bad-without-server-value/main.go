package main

import (
	"context"
	"log"
	"net/http"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		log.Fatal(http.ListenAndServe(":8080", nil))
	}()
	<-ctx.Done() // expect: sigterm-handled-not-drained
}
