package main

import (
	"context"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGSTOP) // expect: untrappable-signal
	defer stop()
	<-ctx.Done()
}
