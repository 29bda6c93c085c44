package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// Each password that is compared takes 19 MiB for a moment, which the runtime
// keeps for minutes. A server that rests gives them back.
const (
	restEvery = 15 * time.Second
	spare     = 24 << 20 // bytes beyond what lives, that may stay
)

// giveBack returns memory to the system now and then.
func giveBack(ctx context.Context) {
	tick := time.NewTicker(restEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if unneeded() > spare {
			debug.FreeOSMemory()
		}
	}
}

// unneeded is how many bytes of the heap are held and don't live.
func unneeded() int64 {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(samples)
	return int64(samples[0].Value.Uint64() + samples[1].Value.Uint64() - samples[2].Value.Uint64())
}
