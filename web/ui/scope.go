package ui

import (
	"github.com/a-h/templ"

	"habilis/internal/grid"
)

var scopeNames = [...]string{grid.None: "none", grid.Own: "own", grid.Assigned: "assigned", grid.All: "all"}

// ScopeShape draws how far a permission reaches: a circle that is empty, filled
// by a quarter, by half, or whole. Its word stands beside it.
func ScopeShape(s grid.Scope) templ.Component { return scopeShapes[s] }

var scopeShapes = func() (shapes [len(scopeNames)]markup) {
	for s, name := range scopeNames {
		class := "scope"
		if s == int(grid.None) {
			class = "scope none"
		}
		shapes[s] = markup(`<svg class="` + class + `" aria-hidden="true"><use href="#s-` + name + `"></use></svg>`)
	}
	return shapes
}()
