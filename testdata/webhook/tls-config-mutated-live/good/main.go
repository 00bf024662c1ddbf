package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"sync/atomic"
)

func main() {
	config := &tls.Config{}
	server := &http.Server{Addr: ":8443", TLSConfig: config}
	var current atomic.Pointer[tls.Certificate]
	config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		return current.Load(), nil
	}
	log.Fatal(server.ListenAndServeTLS("", ""))
}
