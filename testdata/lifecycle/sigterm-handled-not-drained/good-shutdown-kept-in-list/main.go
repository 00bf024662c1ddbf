package main

import (
	"container/list"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type cleanup func(context.Context) error

func named(stop cleanup, name string) cleanup {
	return func(ctx context.Context) error {
		fmt.Println("stopping", name)
		return stop(ctx)
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cleanups := list.New()
	defer func() {
		deadline, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		for it := cleanups.Front(); it != nil; it = it.Next() {
			it.Value.(cleanup)(deadline)
		}
	}()
	server := &http.Server{Addr: ":8080", ReadHeaderTimeout: time.Second}
	go server.ListenAndServe()
	cleanups.PushFront(named(server.Shutdown, "http server"))
	<-ctx.Done()
}
