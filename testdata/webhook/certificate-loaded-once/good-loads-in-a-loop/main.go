package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"sync"
	"time"
)

func main() {
	var lock sync.Mutex
	var current tls.Certificate
	go func() {
		for {
			pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key")
			if err == nil {
				lock.Lock()
				current = pair
				lock.Unlock()
			}
			time.Sleep(time.Minute)
		}
	}()
	server := &http.Server{Addr: ":8443", TLSConfig: config(&lock, &current)}
	log.Fatal(server.ListenAndServeTLS("", ""))
}

func config(lock *sync.Mutex, current *tls.Certificate) *tls.Config {
	return &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		lock.Lock()
		defer lock.Unlock()
		return current, nil
	}}
}
