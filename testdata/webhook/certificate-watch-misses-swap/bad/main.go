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
	if err := watcher.Add("/certs/tls.crt"); err != nil { // expect(label): certificate-watch-misses-swap
		log.Fatal(err)
	}
	for event := range watcher.Events {
		if event.Has(fsnotify.Write) { // expect: certificate-watch-misses-swap
			load("/certs/tls.crt", "/certs/tls.key")
		}
	}
}
