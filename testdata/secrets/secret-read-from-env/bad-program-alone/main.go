package main

import (
	"net/http"
	"os"
)

func main() {
	_ = os.Getenv("DB_PASSWORD") // expect: secret-read-from-env
	_ = os.Getenv("LOG_LEVEL")
	_ = http.ListenAndServe(":8080", nil)
}
