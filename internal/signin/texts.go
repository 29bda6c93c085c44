package signin

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// Texts cost money, and some numbers earn it: who has accounts has codes sent to such a
// number, or through a whole place, for a share. What an account may ask for, sendings
// says; here is what a number and a place may, whoever asks.

// TextsReach says which numbers texts go to; all, where nothing says so.
func TextsReach(reaches func(number string) bool) Option {
	return func(s *Service) { s.reaches = reaches }
}

// textsTo is what texts to a number are counted by: apart for who wants to add it, which
// may be anybody, and for who has.
func (c sending) textsTo() limit {
	return limit{"texts:" + c.purpose + "|" + digest(c.number), 5, 60, 15 * 60}
}

// textsOf is what the texts of a place are counted by: a thousand in an hour, then
// one each five seconds. Each hour counts anew, as a large place never rests for one.
func textsOf(place uuid.UUID, now time.Time) limit {
	return limit{"texts:" + place.String() + "|" + strconv.FormatInt(now.Unix()/3600, 10), 1000, 1, 5}
}

// reach refuses a number that texts don't go to, beside a field of a form, or none.
func (s *Service) reach(number, field string) error {
	if s.reaches != nil && !s.reaches(number) {
		return fault.Invalid(field, "signin.text_unreached")
	}
	return nil
}

// spendText counts a text before it is queued.
func (s *Service) spendText(ctx context.Context, who access.Signed, c sending) error {
	if err := s.reach(c.number, ""); err != nil {
		return err
	}
	later := fault.Busy("signin.code_later")
	if err := s.spendTry(ctx, c.textsTo(), later); err != nil {
		return err
	}
	places, err := s.Places(ctx, who)
	if err != nil {
		return err
	}
	for _, place := range places {
		if err := s.spendTry(ctx, textsOf(place.TenantID, s.clock()), later); err != nil {
			return err
		}
	}
	return nil
}
