package app

import (
	"runtime/debug"
	"testing"
)

func TestMemoryThatNothingNeedsIsSeen(t *testing.T) {
	debug.FreeOSMemory()
	before := held()
	block := make([]byte, 4*spare)
	for i := range block {
		block[i] = 1
	}
	if held() < before+spare {
		t.Error("a large block is not seen")
	}
	debug.FreeOSMemory()
	if held() > before+spare {
		t.Error("what was given back is still there")
	}
}
