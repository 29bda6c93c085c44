//go:build unix && !linux

package postgres

import "syscall"

// dieWithParent has no equivalent here: a server left behind by a killed
// parent keeps the folder until it is stopped by hand.
func dieWithParent(*syscall.SysProcAttr) {}
