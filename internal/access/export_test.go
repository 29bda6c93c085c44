package access

// What the tests of the line fill it with.
const (
	ActsAtOnce = actsAtOnce
	ActsBehind = actsBehind
)
