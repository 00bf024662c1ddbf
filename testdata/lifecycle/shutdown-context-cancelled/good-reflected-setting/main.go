package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"os/signal"
	"reflect"
	"syscall"
	"time"
)

type settings struct {
	DrainTimeout time.Duration
}

func main() {
	config := new(settings)
	if err := parse(config); err != nil {
		log.Fatal(err)
	}
	srv := &http.Server{Addr: ":8080"}
	if config.DrainTimeout == 0 {
		log.Fatal(srv.ListenAndServe())
	}
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGTERM)
	go func() {
		if err := srv.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	<-quit
	drain, cancel := context.WithTimeout(context.Background(), config.DrainTimeout)
	defer cancel()
	if err := srv.Shutdown(drain); err != nil {
		log.Print(err)
	}
}

func parse(v any) error {
	text, err := os.ReadFile("/etc/api/settings.json")
	if err != nil {
		return err
	}
	made := reflect.New(reflect.TypeFor[settings]())
	if err := json.Unmarshal(text, made.Interface()); err != nil {
		return err
	}
	reflect.ValueOf(v).Elem().Set(reflect.Indirect(made))
	return nil
}
