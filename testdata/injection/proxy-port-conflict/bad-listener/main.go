package main

import (
	"log"
	"net/http"
)

func main() {
	log.Fatal(http.ListenAndServe(":15090", nil)) // expect: proxy-port-conflict
}
