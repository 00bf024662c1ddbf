package main

import (
	"log"

	"github.com/gin-gonic/gin"
)

func main() {
	router := gin.New()
	log.Fatal(router.Run(":8080")) // expect: server-timeouts-unsettable
}
