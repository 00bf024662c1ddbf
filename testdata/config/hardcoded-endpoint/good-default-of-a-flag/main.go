package main

import (
	"flag"
	"log"
	"net/http"
)

func main() {
	url := flag.String("url", "http://billing.internal:8080/invoices", "where bills are")
	flag.Parse()
	http.HandleFunc("/bill", func(w http.ResponseWriter, _ *http.Request) {
		resp, err := http.Get(*url)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}
