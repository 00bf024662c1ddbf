package main

import (
	"log"
	"net/http"
)

func main() {
	http.HandleFunc("/bill", func(w http.ResponseWriter, _ *http.Request) {
		resp, err := http.Get("http://billing.internal:8080/invoices") // expect: hardcoded-endpoint
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
