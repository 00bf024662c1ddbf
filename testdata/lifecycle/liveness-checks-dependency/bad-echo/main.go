package main

import (
	"context"
	"log"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/labstack/echo/v4"
)

func main() {
	pool, err := pgxpool.New(context.Background(), os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.GET("/healthz", func(c echo.Context) error {
		err := pool.Ping(c.Request().Context()) // expect: liveness-checks-dependency
		if err != nil {
			return err
		}
		return c.NoContent(200)
	})
	log.Fatal(e.Start(":8080"))
}
