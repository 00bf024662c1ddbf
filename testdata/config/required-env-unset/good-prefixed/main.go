package main

import (
	"log"
	"net/http"

	"github.com/kelseyhightower/envconfig"
)

type config struct {
	Catalog string `envconfig:"ADDR" required:"true"`
}

func main() {
	var cfg config
	envconfig.MustProcess("catalog", &cfg)
	log.Print("catalog at ", cfg.Catalog)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
