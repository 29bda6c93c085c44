package postgres

import "syscall"

// dieWithParent has the kernel ask for a fast shutdown when the thread that
// starts the process ends, however it ends.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGINT }
