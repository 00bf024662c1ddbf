package main

import (
	"os"
	"os/signal"
	"syscall"
)

func watch(signals chan os.Signal) {
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
}

func main() {
	watch(nil)
}
