package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/oklog/run"
)

func main() {
	srv := &http.Server{Addr: ":8080"}
	var g run.Group
	g.Add(srv.ListenAndServe, func(error) {
		_ = srv.Shutdown(context.Background())
	})
	cancel := make(chan struct{})
	g.Add(func() error {
		return interrupt(cancel)
	}, func(error) {
		close(cancel)
	})
	if err := g.Run(); err != nil {
		log.Print(err)
		os.Exit(1)
	}
}

func interrupt(cancel <-chan struct{}) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	select {
	case <-signals:
		return nil
	case <-cancel:
		return errors.New("canceled")
	}
}
