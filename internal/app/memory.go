package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A large file that is read, or written, takes many MB for a moment, which the
// runtime keeps for minutes. A server that rests gives them back.
const (
	restEvery = 15 * time.Second
	spare     = 8 << 20 // bytes that may gather before they are given back
)

// GCPercent is how much garbage may gather, of what is in use, before it is
// collected. What a server keeps is small (some 10 MB), so the usual 100 has it
// collect hundreds of times a second under load; at 300 the list of people is
// answered a fifth more often (make bench). GOGC, where it is set, decides.
const GCPercent = 300

// Tune sets the collector.
func Tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(GCPercent)
	}
}

// giveBack returns memory to the system now and then.
func giveBack(ctx context.Context) {
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	for left := held(); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if held() > left+spare {
			debug.FreeOSMemory()
			left = held()
		}
	}
}

// held is how many bytes of memory the heap takes, needed or not.
func held() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() + samples[1].Value.Uint64()
}
