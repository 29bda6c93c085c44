package mail

import (
	"maps"
	"slices"
)

// Names are the names of all letters.
func Names() []string { return slices.Sorted(maps.Keys(letters)) }
