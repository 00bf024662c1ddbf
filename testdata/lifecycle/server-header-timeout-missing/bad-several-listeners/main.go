package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	go func() {
		log.Print(http.ListenAndServe(":6060", nil))
	}()
	srv := &http.Server{Addr: ":" + os.Getenv("PORT"), Handler: http.NotFoundHandler()} // expect: server-header-timeout-missing
	log.Fatal(srv.ListenAndServe()) // expect(label): server-header-timeout-missing
}
