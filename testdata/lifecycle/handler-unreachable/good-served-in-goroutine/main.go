package main

import (
	"context"
	"log"
	"net/http"
	"os/signal"
	"syscall"
)

func serve(srv *http.Server) {
	if err := srv.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
}

func main() {
	srv := &http.Server{Addr: ":8080"}
	go serve(srv)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	<-ctx.Done()
	if err := srv.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}
