package main

import (
	"log"
	"net/http"
)

func main() {
	log.Fatal(http.ListenAndServeTLS(":8443",
		"/certs/server.crt", // expect: webhook-cert-miswired
		"/certs/tls.key",
		nil))
}
