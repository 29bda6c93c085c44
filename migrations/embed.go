// Package migrations holds the numbered SQL files that build the database,
// in goose's format. They only go forward, and each one runs beside the
// previous release's code.
package migrations

import "embed"

// Files are all the migrations.
//
//go:embed *.sql
var Files embed.FS
