package main

import (
	"context"
	"net/http"
	"os/signal"
	"syscall"

	"github.com/AdguardTeam/golibs/netutil/httputil"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	profiles := http.NewServeMux()
	httputil.RoutePprof(profiles)
	go func() { _ = http.ListenAndServe("127.0.0.1:6060", profiles) }()
	srv := &http.Server{Addr: ":8080"}
	go func() { _ = srv.ListenAndServe() }()
	<-ctx.Done()
	_ = srv.Shutdown(context.Background())
}
