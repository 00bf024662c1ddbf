package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	config := &tls.Config{}
	server := &http.Server{Addr: ":8443", TLSConfig: config}
	go server.ListenAndServeTLS("/certs/tls.crt", "/certs/tls.key") // expect(label): tls-config-mutated-live

	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGHUP)
	for range changed {
		pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key")
		if err != nil {
			log.Print(err)
			continue
		}
		config.Certificates = []tls.Certificate{pair} // expect: tls-config-mutated-live
	}
}
