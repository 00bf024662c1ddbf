package main

import (
	"log"
	"net/http"
)

func main() {
	log.Fatal(http.ListenAndServe("[::1]:8080", nil)) // expect: listens-on-localhost
}
