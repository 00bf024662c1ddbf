package main

import (
	"context"
	"database/sql"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

// Opened by a driver that registers itself.
var db *sql.DB

func open() *sql.DB {
	if db != nil {
		return db
	}
	log.Fatal("config: database not connected")
	return nil
}

func main() {
	log.Print(open())
	srv := &http.Server{Addr: ":8080"}
	go func() { _ = srv.ListenAndServe() }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	_ = srv.Shutdown(context.Background())
	_ = open().Close()
}
