package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
)

func wanted() []os.Signal {
	return fromEnvironment(os.Getenv("SIGNALS"))
}

func fromEnvironment(names string) []os.Signal {
	return nil
}

func main() {
	srv := &http.Server{Addr: ":8080"}
	go func() {
		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, wanted()...)
	<-signals
	if err := srv.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
}
