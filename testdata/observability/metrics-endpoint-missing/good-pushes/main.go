package main

import (
	"log"
	"net/http"

	sdk "go.opentelemetry.io/otel/sdk/metric"
)

func main() {
	defer sdk.NewMeterProvider().Shutdown(nil)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
