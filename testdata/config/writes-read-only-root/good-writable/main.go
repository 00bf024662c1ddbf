package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	spool, err := os.MkdirTemp("", "spool")
	if err != nil {
		log.Fatal(err)
	}
	log.Print("spooling to ", spool)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
