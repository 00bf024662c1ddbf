package main

import (
	"crypto/tls"
	"net/http"
)

func main() {
	server := &http.Server{Addr: ":8443", TLSConfig: &tls.Config{}}
	go server.ListenAndServeTLS("/certs/tls.crt", "/certs/tls.key")
	client := &tls.Config{}
	client.ServerName = "shop.example.com"
	transport := &http.Transport{TLSClientConfig: client}
	defer transport.CloseIdleConnections()
	select {}
}
