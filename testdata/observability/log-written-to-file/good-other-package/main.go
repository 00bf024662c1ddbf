package main

import (
	"log"
	"net/http"
	"os"

	"github.com/rs/zerolog"
)

func main() {
	file, err := os.OpenFile("/var/log/api/api.log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		log.Fatal(err)
	}
	log.SetOutput(file)
	logger := zerolog.New(os.Stdout)
	logger.Info().Msg("listening")
	log.Fatal(http.ListenAndServe(":8080", nil))
}
