package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	listener, err := net.Listen("tcp", ":8080")
	if err != nil {
		panic(err)
	}
	shutdown := make(chan error)
	go func() {
		onSignal := make(chan os.Signal, 1)
		signal.Notify(onSignal, os.Interrupt, syscall.SIGTERM)
		stop(shutdown, fmt.Errorf("received signal %s", <-onSignal))
	}()
	server := &http.Server{ReadHeaderTimeout: time.Second}
	go func() { stop(shutdown, server.Serve(listener)) }()
	fmt.Println(<-shutdown)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	server.Shutdown(ctx)
}

func stop(shutdown chan<- error, err error) {
	select {
	case shutdown <- err:
	default:
	}
}
