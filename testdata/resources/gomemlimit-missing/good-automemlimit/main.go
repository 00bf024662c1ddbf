package main

import (
	"log"
	"net/http"

	_ "github.com/KimMachineGun/automemlimit"
)

func main() {
	log.Fatal(http.ListenAndServe(":8080", nil))
}
