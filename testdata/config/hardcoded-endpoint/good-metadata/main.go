package main

import (
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/bill", func(w http.ResponseWriter, _ *http.Request) {
		resp, err := http.Get("http://169.254.169.254/latest/meta-data")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
