package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"time"
)

func main() {
	server := &http.Server{Addr: ":8443", TLSConfig: &tls.Config{}}
	go func() {
		for range time.Tick(time.Hour) {
			pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key")
			if err == nil {
				server.TLSConfig.Certificates = []tls.Certificate{pair} // expect: tls-config-mutated-live
			}
		}
	}()
	log.Fatal(server.ListenAndServeTLS("/certs/tls.crt", "/certs/tls.key"))
}
