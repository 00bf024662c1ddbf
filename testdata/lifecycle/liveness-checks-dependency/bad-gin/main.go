package main

import (
	"net/http"
	"os"

	"github.com/gin-gonic/gin"
)

func health(stock string) gin.HandlerFunc {
	return func(c *gin.Context) {
		answer, err := http.Get(stock + "/healthz") // expect: liveness-checks-dependency
		if err != nil {
			c.JSON(http.StatusInternalServerError, gin.H{"error": err.Error()})
			return
		}
		defer answer.Body.Close()
		c.Status(http.StatusOK)
	}
}

func main() {
	router := gin.Default()
	router.GET("/healthz", health(os.Getenv("STOCK")))
	router.Run(":8080")
}
