package app

import (
	"io"
	"log/slog"

	"habilis/internal/config"
)

// NewLog is the log that a configuration asks for.
func NewLog(w io.Writer, c config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	if c.JSON {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
