package main

import (
	"context"
	"log"
	"net/http"
	"os/signal"
	"syscall"
)

func main() {
	srv := &http.Server{Addr: ":8080"}
	if err := srv.ListenAndServe(); err != nil { // expect(label): handler-unreachable
		log.Print(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM) // expect: handler-unreachable
	defer stop()
	<-ctx.Done()
	if err := srv.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}
