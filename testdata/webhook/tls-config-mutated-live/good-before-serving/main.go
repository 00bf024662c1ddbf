package main

import (
	"crypto/tls"
	"net/http"
)

func main() {
	config := &tls.Config{}
	server := &http.Server{Addr: ":8443", TLSConfig: config}
	config.MinVersion = tls.VersionTLS13
	server.TLSConfig.NextProtos = []string{"h2"}
	go server.ListenAndServeTLS("/certs/tls.crt", "/certs/tls.key")
	select {}
}
