package main

import (
	"log"
	"net/http"

	"github.com/caarlos0/env/v11"
)

type config struct {
	Addr    string `env:"ADDR" envDefault:":8080"`
	Catalog struct {
		Addr string `env:"CATALOG_ADDR,required"` // expect(label): required-env-unset
	}
	Cart struct {
		Addr string `env:"ADDR,required"`
	} `envPrefix:"CART_"`
}

func main() {
	var cfg config
	if err := env.Parse(&cfg); err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe(cfg.Addr, nil))
}
