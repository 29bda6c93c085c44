package tenants_test

import (
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestAPlaceStartsWithWhatItsKindSays(t *testing.T) {
	for _, kind := range []string{"planner", "directory", "clinic", "childcare", "alerting"} {
		t.Run(kind, func(t *testing.T) {
			p := place.Of(t, kind)
			p.Person(t, p.Kind.DefaultRole().Key)
		})
	}
}
