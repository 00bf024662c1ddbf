package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

func main() {
	deadline := time.After(time.Minute)
	for {
		select {
		case <-deadline:
			log.Fatal("not ready after a minute")
		default:
		}
		ready, err := probe(os.Args[1])
		if err != nil {
			log.Print(err)
		}
		if ready {
			fmt.Println("ready")
			return
		}
		time.Sleep(time.Second)
	}
}

func probe(url string) (bool, error) {
	response, err := http.Get(url)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK, nil
}
