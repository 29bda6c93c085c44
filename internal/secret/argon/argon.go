// Package argon computes argon2id keys in a process beside the server, which
// gives way to everything else.
//
// A password takes a core for 30 ms, and 19 MiB. Where the server itself computed
// it, each goroutine of a page that woke stood behind one that hashed, up to 10 ms
// at each of its ten wake-ups: Go's scheduler knows no priorities. While sixteen
// people signed in without end on two cores, half of the pages took ten times as long
// as without them. The kernel does know priorities: with a process of a lower one they
// take no longer, and the slowest of a hundred less than twice as long (BenchmarkSignIn).
// Threads of the server can't have one: the collector stops them all, and would wait
// for the least of them.
//
// The process is this same program, started by [Start] and led into [Main]. It is
// asked over its standard input, logs nothing, sees nothing of the environment, is
// started again when it ends, and ends with the server.
package argon

import "golang.org/x/crypto/argon2"

// Job is a key to derive, and what it may cost. Its fields are exported for the
// way to the other process, which is this same program.
type Job struct {
	Secret, Salt []byte
	Passes       uint32 // over the memory
	Memory       uint32 // KiB
	Lanes        uint8
	Bytes        uint32 // of the key
}

// Derive computes the key in this process.
func Derive(j Job) ([]byte, error) {
	return argon2.IDKey(j.Secret, j.Salt, j.Passes, j.Memory, j.Lanes, j.Bytes), nil
}
