package main

import (
	"log/slog"
	"net/http"
)

func order(w http.ResponseWriter, r *http.Request) {
	slog.Info("order", "from", r.RemoteAddr)
	slog.Info("method", "method", r.Method)
	slog.Info("taken")
}

func main() {
	slog.Info("starting")
	http.HandleFunc("/order", order)
	slog.Error("serving", "error", http.ListenAndServe(":8080", nil))
}
