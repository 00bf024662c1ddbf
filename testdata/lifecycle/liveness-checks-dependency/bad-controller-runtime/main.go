package main

import (
	"database/sql"
	"log"
	"net/http"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
	ctrl "sigs.k8s.io/controller-runtime"
)

type checks struct{ db *sql.DB }

func (c *checks) live(request *http.Request) error {
	return c.db.PingContext(request.Context()) // expect: liveness-checks-dependency
}

func main() {
	db, err := sql.Open("pgx", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	manager, err := ctrl.NewManager(ctrl.GetConfigOrDie(), ctrl.Options{HealthProbeBindAddress: ":8081"})
	if err != nil {
		log.Fatal(err)
	}
	c := &checks{db: db}
	if err := manager.AddHealthzCheck("healthz", c.live); err != nil {
		log.Fatal(err)
	}
	log.Fatal(manager.Start(ctrl.SetupSignalHandler()))
}
