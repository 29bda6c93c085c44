package portal

import (
	"net/http/httptest"
	"testing"

	"habilis/internal/access"
	"habilis/internal/fault"
)

func TestAnAnswerThatReadsAWholePlaceWaitsForThePlacesTurn(t *testing.T) {
	s, made := &Server{large: access.NewTurns(1, 0)}, 0
	answer := s.heavy(func(*visit) error { made++; return nil })
	here := &visit{Server: s, r: httptest.NewRequest("GET", "/", nil), tenant: access.NewID()}
	there := &visit{Server: s, r: here.r, tenant: access.NewID()}
	nested := s.heavy(func(*visit) error {
		if err := answer(here); !fault.Is(err, fault.KindBusy) {
			t.Errorf("a second one at once: %v", err)
		}
		return answer(there)
	})
	if err := nested(here); err != nil || made != 1 {
		t.Errorf("another place's: %v, %d made", err, made)
	}
	if err := answer(here); err != nil || made != 2 {
		t.Errorf("afterwards: %v, %d made", err, made)
	}
}
