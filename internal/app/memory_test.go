package app

import (
	"runtime/debug"
	"testing"
)

func TestMemoryThatNothingNeedsIsSeen(t *testing.T) {
	debug.FreeOSMemory()
	if n := unneeded(); n > spare {
		t.Errorf("%d bytes at rest", n)
	}
	block := make([]byte, 4*spare)
	for i := range block {
		block[i] = 1
	}
	if n := unneeded(); n < spare {
		t.Errorf("only %d bytes beside a large block", n)
	}
	debug.FreeOSMemory()
	if n := unneeded(); n > spare {
		t.Errorf("%d bytes after giving back", n)
	}
}
