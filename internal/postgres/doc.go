// Package postgres is how the product reaches PostgreSQL: the pool, the
// migrations, and a private cluster for those who have no database of their
// own (the demo, a small site, the tests).
//
// The private cluster lives whole in one folder and answers on a Unix socket
// alone. It dies with the process that started it, and recovers by itself
// from being killed.
package postgres
