package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	file, err := os.OpenFile("/var/log/api/api.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	log.SetOutput(io.MultiWriter(os.Stderr, file))
	log.Fatal(http.ListenAndServe(":8080", nil))
}
