package people

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/mail"
)

// NeedOwnPhone is anyone of the place, about themselves. It asks who is there: people
// are called back at that number to know that it is them, before they are helped.
var NeedOwnPhone = access.Need{Act: "people.own_phone", Member: true, Proof: access.ProofAtTime}

// OwnPhone is the window in which someone corrects their telephone in a place.
type OwnPhone struct {
	*access.Standing
	Phone string // as people of the place write it; "" for none
}

// OwnPhoneForm is the number that the place has for who asks.
func (s *Service) OwnPhoneForm(ctx context.Context, a access.Actor) (*OwnPhone, error) {
	page := &OwnPhone{}
	var err error
	page.Standing, err = s.door.Read(ctx, a, NeedOwnPhone, func(r *access.Reading) {
		r.Query(`select phone from resource where account_id = @account`, pgx.StrictNamedArgs{"account": a.Account()}, func(rows pgx.Rows) (err error) {
			page.Phone, err = pgx.CollectExactlyOneRow(rows, pgx.RowTo[string])
			return err
		})
	})
	if err == nil {
		page.Phone = (&Person{Phone: page.Phone}).PhoneIn(page.Tenant.Locale)
	}
	return page, err
}

// CorrectOwnPhone writes another number, or none, for who asks, and writes to them:
// someone else may have done it in their session. A name and a function are the
// place's to correct, which answers for who its people are.
func (s *Service) CorrectOwnPhone(ctx context.Context, a access.Actor, typed string) error {
	return s.door.Enter(ctx, a, NeedOwnPhone, func(v *access.Visit) error {
		p, err := find(ctx, v, v.Resource.ID)
		if err != nil {
			return err
		}
		phone, err := ParsePhone(typed, regionOf(v.Tenant.Locale))
		if err != nil {
			return err
		}
		var was string
		if err := v.QueryRow(ctx, `select phone from resource where id = $1`, p.ID).Scan(&was); err != nil {
			return fmt.Errorf("reading a telephone: %w", err)
		}
		if was == phone.String() {
			v.Unchanged()
			return nil
		}
		if err := v.Prove(); err != nil {
			return err
		}
		_, err = v.Exec(ctx, `update resource set phone = $2, version = version + 1 where id = $1`, p.ID, phone.String())
		if err != nil {
			return fmt.Errorf("writing a telephone: %w", err)
		}
		after := map[string]any{"phone": phone.String()}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), Before: map[string]any{"phone": was}, After: after})
		return s.tellOwnPhone(ctx, v, p, phone, after)
	})
}

func (s *Service) tellOwnPhone(ctx context.Context, v *access.Visit, p found, phone Phone, after map[string]any) error {
	known, err := accountHere(ctx, v, p.AccountID)
	if err != nil || p.Email == "" {
		return err
	}
	if ok, err := v.Spend(ctx, telling(p)); err != nil || !ok {
		return err
	}
	_, err = s.post.Send(ctx, v, mail.Letter{Template: mail.AccountUpdated, Resource: p.ID, Recipient: AddressOf(p.Email), Locale: known.Locale,
		Params: map[string]string{"by": actorName(v), "changed": s.changedLines(v, known.Locale, written{Phone: phone.String()}, after)}})
	return err
}
