package main

import (
	"context"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	root := &cobra.Command{Use: "shop"}
	root.AddCommand(
		&cobra.Command{Use: "upload", Run: func(*cobra.Command, []string) { upload() }},
		&cobra.Command{Use: "serve", Run: func(*cobra.Command, []string) { serve() }},
	)
	_ = root.Execute()
}

// What an upload did is lost, so its Job has to see a failure.
func upload() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	os.Exit(1)
}

func serve() {
	srv := &http.Server{Addr: ":8080"}
	go func() { _ = srv.ListenAndServe() }()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	_ = srv.Shutdown(context.Background())
}
