package main

import (
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/rates", func(w http.ResponseWriter, _ *http.Request) {
		resp, err := http.Get("https://rates.shop.svc/latest")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
