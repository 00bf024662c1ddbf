package main

import (
	"crypto/tls"
	"log"
	"net/http"
)

func main() {
	pair, err := tls.LoadX509KeyPair("/certs/tls.crt", "/certs/tls.key") // expect: certificate-loaded-once
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr:      ":8443",
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}},
	}
	log.Fatal(server.ListenAndServeTLS("", ""))
}
