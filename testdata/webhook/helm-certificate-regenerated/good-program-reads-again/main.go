package main

import (
	"crypto/tls"
	"log"
	"net/http"
)

func main() {
	load := func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair("/tls/tls.crt", "/tls/tls.key")
		return &pair, err
	}
	server := &http.Server{Addr: ":8443", TLSConfig: &tls.Config{GetCertificate: load}}
	log.Fatal(server.ListenAndServeTLS("", ""))
}
