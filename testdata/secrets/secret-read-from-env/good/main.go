package main

import (
	"net/http"
	"os"
)

func main() {
	_ = os.Getenv("DB_PASSWORD_FILE")
	_ = os.Getenv("LOG_LEVEL")
	_ = http.ListenAndServe(":8080", nil)
}
