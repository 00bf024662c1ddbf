package main

import (
	"errors"
	"log"
	"net/http"
	"os"
)

type config struct {
	catalog string
}

func main() {
	cfg, err := load()
	if err != nil {
		log.Fatal(err)
	}
	log.Print("catalog at ", cfg.catalog)
	log.Fatal(http.ListenAndServe(":8080", nil))
}

func load() (*config, error) {
	addr, ok := os.LookupEnv("CATALOG_ADDR") // expect(label): required-env-unset
	if !ok {
		return nil, errors.New("CATALOG_ADDR is not set")
	}
	return &config{catalog: addr}, nil
}
