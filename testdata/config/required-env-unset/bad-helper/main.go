package main

import (
	"fmt"
	"net/http"
	"os"
)

type server struct {
	catalog string
}

func main() {
	svc := new(server)
	mustMapEnv(&svc.catalog, "CATALOG_ADDR") // expect(label): required-env-unset
	http.ListenAndServe(":8080", nil)
}

func mustMapEnv(target *string, key string) {
	v := os.Getenv(key)
	if v == "" {
		panic(fmt.Sprintf("environment variable %q not set", key))
	}
	*target = v
}
