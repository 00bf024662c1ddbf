package main

import (
	"log"
	"net/http"

	"github.com/gin-gonic/gin"
)

func health(c *gin.Context) { c.Status(http.StatusNoContent) }

func main() {
	router := gin.New()
	router.GET("/orders", health)
	router.Match([]string{http.MethodGet, http.MethodHead}, "/health", health)
	log.Fatal(router.Run(":8080"))
}
