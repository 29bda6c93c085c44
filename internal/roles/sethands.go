package roles

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/rights"
)

// SentHands is what the form carries beside the cells and the people.
type SentHands struct {
	Versions   map[uuid.UUID]int // of each person, when the form was filled
	Submission uuid.UUID         // the same for a form that is sent twice
}

// SetHands sets the same cells by hand for some people, and tells each of them
// by mail what widened and what narrowed. It is done for all or for none: one
// refusal, or one person who changed meanwhile, and nothing is changed. Who has
// the cells so already is left as they are. A form sent twice is heard once.
func (s *Service) SetHands(ctx context.Context, a access.Actor, resources []uuid.UUID, hands Hands, sent SentHands) error {
	resources = once(resources)
	return s.door.Enter(ctx, a, NeedHands, func(v *access.Visit) error {
		if err := crowded(resources); err != nil {
			return err
		}
		if _, first, err := v.Once(ctx, sent.Submission, "permissions"); err != nil || !first {
			v.Unchanged()
			return err
		}
		desks, err := openDesks(ctx, v, resources)
		if err != nil {
			return err
		}
		changed, err := s.judgeHands(v, desks, hands, sent)
		if err != nil || len(changed) == 0 {
			v.Unchanged()
			return err
		}
		if err := notTooManyHands(ctx, v, changed); err != nil {
			return err
		}
		for _, j := range changed {
			if err := j.prove(v, j.ruling); err != nil {
				return err
			}
		}
		return s.carryHands(ctx, v, changed)
	})
}

// judged is someone whose cells change.
type judged struct {
	*desk
	*ruling
}

// judgeHands finds whose cells change, or why none may.
func (s *Service) judgeHands(v *access.Visit, desks []*desk, hands Hands, sent SentHands) ([]judged, error) {
	for _, d := range desks {
		if version, ok := sent.Versions[d.person.ID]; !ok || version != d.person.Version {
			return nil, fault.Conflict("roles.stale")
		}
	}
	rulings, err := judgeAll(desks, giverOf(v.Actor.Office(), v.Standing), Change{Hands: hands.orNone()})
	if err != nil {
		return nil, err
	}
	var changed []judged
	for i, d := range desks {
		if rulings[i].refused != nil {
			d.aim(v)
			return nil, rulings[i].refused
		}
		if len(rulings[i].hands) > 0 {
			changed = append(changed, judged{d, rulings[i]})
		}
	}
	return changed, nil
}

// notTooManyHands keeps people from being written to at each turn of a cell: each
// of them as often as for roles, together with them; many at once as often by one
// actor.
func notTooManyHands(ctx context.Context, v *access.Visit, changed []judged) error {
	if len(changed) > 1 {
		ok, err := v.Spend(ctx, access.Limit{Key: "hands_by:" + v.Actor.Account().String(), Free: 60, Base: 60, Most: 3600})
		if err != nil {
			return err
		}
		if !ok {
			return fault.Busy("roles.hands_busy")
		}
	}
	over, err := takeTurns(ctx, v, changed)
	if err != nil {
		return fmt.Errorf("counting letters: %w", err)
	}
	for _, j := range changed {
		if slices.Contains(over, j.person.ID) {
			return fault.Busy("roles.hands_busy_person", "Name", j.person.Name())
		}
	}
	return nil
}

const takeTurn = `
select id from unnest(@people::uuid[]) id
 where not identity.throttle_take(@of::text || id::text, @free, @base, @most, @now)`

// takeTurns counts one time for each of some people, and returns those whose limit
// is reached.
func takeTurns(ctx context.Context, v *access.Visit, changed []judged) ([]uuid.UUID, error) {
	limit := turns("")
	var people []uuid.UUID
	for _, j := range changed {
		people = append(people, j.person.ID)
	}
	rows, err := v.Query(ctx, takeTurn, pgx.StrictNamedArgs{
		"people": people, "of": limit.Key, "free": limit.Free, "base": limit.Base, "most": limit.Most, "now": v.Now})
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
}

// carryHands writes the cells, records the act for each person, and writes to
// them: in as many round trips for many as for one.
func (s *Service) carryHands(ctx context.Context, v *access.Visit, changed []judged) error {
	kind, resource := v.By()
	by := rights.By{Kind: kind, Resource: resource}
	here := s.words(v.Tenant.Kind, i18n.Locale(v.Tenant.Locale))
	var b pgx.Batch
	for _, j := range changed {
		j.queue(&b, v, j.ruling, by)
		before, after := here.hands(j.desk, j.ruling)
		v.Record(access.Entry{TargetKind: "resource", Target: j.person.ID, Label: j.person.Name(), Before: before, After: after})
	}
	locales := askLocales(&b, changed)
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("setting cells by hand: %w", err)
	}
	var letters []mail.Letter
	for _, j := range changed {
		if j.person.Email != "" && len(j.forecast.Changes) > 0 {
			letters = append(letters, s.permissionsChanged(v, j, locales[j.person.Account]))
		}
	}
	return s.post.SendAll(ctx, v, letters)
}

const readLocales = `
select account, l.locale
  from unnest(@accounts::uuid[]) account
 cross join lateral (select locale from identity.account_get(account) offset 0) l`

// askLocales queues the reading of the languages of some people.
func askLocales(b *pgx.Batch, people []judged) map[uuid.UUID]i18n.Locale {
	locales := map[uuid.UUID]i18n.Locale{}
	var accounts []uuid.UUID
	for _, j := range people {
		accounts = append(accounts, j.person.Account)
	}
	b.Queue(readLocales, pgx.StrictNamedArgs{"accounts": accounts}).Query(func(rows pgx.Rows) error {
		var account uuid.UUID
		var locale i18n.Locale
		_, err := pgx.ForEachRow(rows, []any{&account, &locale}, func() error {
			locales[account] = locale
			return nil
		})
		return err
	})
	return locales
}

// permissionsChanged tells a person which areas widened for them and which
// narrowed, in their language.
func (s *Service) permissionsChanged(v *access.Visit, j judged, locale i18n.Locale) mail.Letter {
	words := s.words(v.Tenant.Kind, locale)
	return mail.Letter{
		Template: mail.PermissionsChanged, Resource: j.person.ID, Recipient: j.person.Email, Locale: locale,
		Params: map[string]string{"by": ByName(v, locale),
			"widened":  words.lines(j.Catalogue, j.forecast.Changes.Widened()),
			"narrowed": words.lines(j.Catalogue, j.forecast.Changes.Narrowed())}}
}
