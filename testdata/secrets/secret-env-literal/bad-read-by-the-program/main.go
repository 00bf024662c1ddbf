package main

import (
	"net/http"
	"os"
)

func main() {
	password := os.Getenv("DB_PASSWORD") // expect(label): secret-env-literal
	_ = password
	_ = http.ListenAndServe(":8080", nil)
}
