package main

import (
	"crypto/tls"
	"log"
	"sync/atomic"

	"github.com/fsnotify/fsnotify"
)

var current atomic.Pointer[tls.Certificate]

func load(certFile, keyFile string) {
	if pair, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
		current.Store(&pair)
	}
}

func main() {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		log.Fatal(err)
	}
	load("/certs/tls.crt", "/certs/tls.key")
	if err := watcher.Add("/certs"); err != nil {
		log.Fatal(err)
	}
	for event := range watcher.Events {
		if event.Has(fsnotify.Write) {
			load("/certs/tls.crt", "/certs/tls.key")
		}
	}
}
