//go:build !linux

package argon

func largePages() {}
