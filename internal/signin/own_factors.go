package signin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/secret/totp"
)

// What an account's owner does to its second factors from within. Whoever asks has
// shown the password and, where the account has a second factor, one of them; the
// edge sees to that (OWASP ASVS 5.0, 7.5; NIST SP 800-63B-4, 4.1.2). Each act ends
// the other sessions, tells every address, and is noted in each place.

// Of an account: more apps than anyone has telephones would only hide one that
// isn't theirs.
const (
	mostApps     = 5
	appNameRunes = 60
)

// OwnFactor is a second factor as its owner sees it.
type OwnFactor struct {
	ID       uuid.UUID
	Kind     Method // App, SMS or Email
	Name     string // of an app; may be empty
	Since    time.Time
	LastUsed *time.Time
	Target   string // where its codes go
}

// OwnFactors are the second factors of an account, but for passkeys.
func (s *Service) OwnFactors(ctx context.Context, id uuid.UUID) ([]OwnFactor, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.own_factors($1)`, id)
	if err != nil {
		return nil, fmt.Errorf("reading one's own factors: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[OwnFactor])
}

// OwnFactor is one of them.
func (s *Service) OwnFactor(ctx context.Context, id, factor uuid.UUID) (OwnFactor, error) {
	all, err := s.OwnFactors(ctx, id)
	if err != nil {
		return OwnFactor{}, err
	}
	for _, f := range all {
		if f.ID == factor {
			return f, nil
		}
	}
	return OwnFactor{}, errNoFactor()
}

func errNoFactor() error { return fault.NotFound("account.factor.gone") }

type app struct {
	ID       uuid.UUID
	Sealed   []byte
	LastStep int64
}

func (s *Service) appsOf(ctx context.Context, id uuid.UUID) ([]app, error) {
	rows, err := s.door.Identity().Query(ctx, `select id, sealed, last_step from identity.apps_of($1)`, id)
	if err != nil {
		return nil, fmt.Errorf("reading authenticator apps: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[app])
}

func (s *Service) pendingApp(ctx context.Context, id uuid.UUID) (sealed []byte, err error) {
	if err = s.door.Identity().QueryRow(ctx, `select identity.app_pending($1)`, id).Scan(&sealed); err != nil {
		return nil, fmt.Errorf("reading a pending app: %w", err)
	}
	return sealed, nil
}

// OfferApp returns the secret of an app that is to be added, made at the first
// call. It is inert until a code of it was shown.
func (s *Service) OfferApp(ctx context.Context, id uuid.UUID) (*Enrolment, error) {
	p, err := s.Person(ctx, id)
	if err != nil {
		return nil, err
	}
	sealed, err := s.pendingApp(ctx, id)
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return s.propose(ctx, p)
	}
	base32, err := s.open(sealed, id)
	if err != nil {
		return nil, err
	}
	return drawn(totp.Restore(s.product, p.Username, base32))
}

// AddApp has the offered app count, by a code of it: beside the others or, where
// replaces is not the zero UUID, in the place of one. Recovery codes are returned
// where they are fresh, and never shown again.
func (s *Service) AddApp(ctx context.Context, who access.Signed, replaces uuid.UUID, typedName, code string) (Outcome, []string, error) {
	name := strings.Join(strings.Fields(typedName), " ")
	if utf8.RuneCountInString(name) > appNameRunes {
		return Outcome{}, nil, fault.Invalid("name", "account.factor.name_long", "Count", appNameRunes)
	}
	sealed, step, err := s.judgeApp(ctx, who, code)
	if err != nil {
		return Outcome{}, nil, err
	}
	plain, hashes := freshCodes()
	act, change := "account.factor_added", "added_totp"
	var old *uuid.UUID
	if replaces != uuid.Nil {
		old, act, change = &replaces, "account.factor_replaced", "replaced_totp"
	}
	var coded bool
	out, err := s.factorAct(ctx, who, act, change, App, func(tx pgx.Tx) (generation *int, err error) {
		err = tx.QueryRow(ctx, `select generation, coded from identity.app_confirm($1, $2, $3, $4, $5, $6, $7, $8)`,
			who.Account, sealed, old, name, step, hashes, mostApps, s.clock()).Scan(&generation, &coded)
		var pg *pgconn.PgError
		switch {
		case errors.As(err, &pg) && pg.Code == "P0002":
			return nil, fault.Conflict("account.factor.app_stale")
		case errors.Is(err, pgx.ErrNoRows) && old == nil:
			return nil, fault.Conflict("account.factor.many", "Count", mostApps)
		case errors.Is(err, pgx.ErrNoRows):
			return nil, nil
		}
		return generation, err
	})
	if !coded {
		plain = nil
	}
	return out, plain, err
}

// judgeApp checks a code of the app that was offered.
func (s *Service) judgeApp(ctx context.Context, who access.Signed, code string) (sealed []byte, step int64, err error) {
	if err := typedCode(code); err != nil {
		return nil, 0, err
	}
	id := who.Account
	if err := s.spendOwnTry(ctx, who, codes(id), errSlow()); err != nil {
		return nil, 0, err
	}
	if sealed, err = s.pendingApp(ctx, id); err != nil {
		return nil, 0, err
	}
	if sealed == nil {
		return nil, 0, fault.Conflict("account.factor.app_stale")
	}
	base32, err := s.open(sealed, id)
	if err != nil {
		return nil, 0, err
	}
	step, ok := totp.Step(base32, code, s.clock(), 0)
	if !ok {
		return nil, 0, errWrongCode()
	}
	return sealed, step, s.forgiveOwn(ctx, who, codes(id))
}

// Addable are the methods by message that an account could have and has not. A
// code to the mailbox through which the password came, or to no address, is none.
func (s *Service) Addable(h *Held) []Method {
	var may []Method
	for _, m := range []Method{SMS, Email} {
		counts := m != Email || h.Email != "" && h.EmailCounts
		if s.Sends(m) && counts && !h.Has(m) && !h.Operator {
			may = append(may, m)
		}
	}
	return may
}

// SendToAdd sends a code to a mobile, or to the account's address, that is to
// receive codes from then on.
func (s *Service) SendToAdd(ctx context.Context, who access.Signed, flow uuid.UUID, through string, m Method, mobile string) error {
	if err := s.mayAdd(ctx, who.Account, through, m); err != nil {
		return err
	}
	target := ""
	if m == SMS {
		p, err := s.Person(ctx, who.Account)
		if err != nil {
			return err
		}
		if target, err = people.ParseMobile(mobile, i18n.Locale(p.Locale)); err != nil {
			return err
		}
		if err := s.reach(target, "mobile"); err != nil {
			return err
		}
	}
	return s.send(ctx, who, flow, sending{purposeAdd, m, target, target})
}

// WaitingToAdd is the code of a method that the flow waits for, to be added; nil
// for none.
func (s *Service) WaitingToAdd(ctx context.Context, id, flow uuid.UUID, m Method) (*Waiting, error) {
	w, err := s.WaitingFor(ctx, id, flow)
	if err != nil || w == nil || w.Purpose != purposeAdd || w.Kind != m {
		return nil, err
	}
	return w, nil
}

func (s *Service) mayAdd(ctx context.Context, id uuid.UUID, through string, m Method) error {
	h, err := s.HeldBy(ctx, id, through)
	if err != nil {
		return err
	}
	for _, may := range s.Addable(h) {
		if may == m {
			return nil
		}
	}
	if m == Email && !h.EmailCounts && !h.Has(m) {
		return fault.Conflict("account.factor.one_mailbox")
	}
	return fault.Conflict("account.factor.not_offered")
}

// AddSent has codes by message count, by one that was sent to be added.
func (s *Service) AddSent(ctx context.Context, who access.Signed, flow uuid.UUID, through string, m Method, typed string) (Outcome, error) {
	if err := s.mayAdd(ctx, who.Account, through, m); err != nil {
		return Outcome{}, err
	}
	if err := typedCode(typed); err != nil {
		return Outcome{}, err
	}
	if err := s.spendOwnTry(ctx, who, codes(who.Account), errSlow()); err != nil {
		return Outcome{}, err
	}
	out, err := s.factorAct(ctx, who, "account.factor_added", "added_"+string(m), m, func(tx pgx.Tx) (generation *int, err error) {
		mobile, right, err := s.takeCode(ctx, tx, who.Account, flow, purposeAdd, m, typed)
		if err != nil {
			return nil, err
		}
		if !right {
			return nil, fault.Invalid("code", "signin.code_sent_wrong")
		}
		err = tx.QueryRow(ctx, `select identity.factor_add($1, $2, $3, $4)`, who.Account, string(m), mobile, s.clock()).Scan(&generation)
		return generation, err
	})
	if err != nil {
		return out, err
	}
	return out, s.forgiveOwn(ctx, who, codes(who.Account))
}

// RemoveFactor takes a second factor away, unless what is left would be less than
// what a place asks its owner for.
func (s *Service) RemoveFactor(ctx context.Context, who access.Signed, factor uuid.UUID) (Outcome, error) {
	f, err := s.OwnFactor(ctx, who.Account, factor)
	if err != nil {
		return Outcome{}, err
	}
	asked, where, err := s.demands(ctx, who)
	if err != nil {
		return Outcome{}, err
	}
	return s.factorAct(ctx, who, "account.factor_removed", "removed_"+string(f.Kind), f.Kind, func(tx pgx.Tx) (generation *int, err error) {
		err = tx.QueryRow(ctx, `select identity.factor_remove($1, $2, $3)`, who.Account, factor, asked.String()).Scan(&generation)
		if err == nil && generation != nil && *generation == 0 {
			return nil, lastFactor(asked, where)
		}
		return generation, err
	})
}

// lastFactor says who asks for what would be the last.
func lastFactor(asked access.Factor, where []string) error {
	if len(where) == 0 {
		return fault.Conflict("account.factor.last_operator")
	}
	return fault.Conflict("account.factor.last."+asked.String(), "Places", strings.Join(where, ", "))
}

// demands is the most that anything asks an account for, and the places that ask
// for it; none where it is support.
func (s *Service) demands(ctx context.Context, who access.Signed) (most access.Factor, where []string, err error) {
	p, err := s.Person(ctx, who.Account)
	if err != nil {
		return 0, nil, err
	}
	if p.Operator {
		return access.StrongFactor, nil, nil
	}
	err = s.inEachPlace(ctx, who, func(place string, standing *access.Standing) {
		switch {
		case standing.FactorAsked > most:
			most, where = standing.FactorAsked, []string{place}
		case standing.FactorAsked == most && most > access.NoFactor:
			where = append(where, place)
		}
	})
	return most, where, err
}

// inEachPlace says what someone is in each of their places, as whoever has shown a
// second factor there: what a place asks for is asked of them, shown or not. People
// have few places.
func (s *Service) inEachPlace(ctx context.Context, who access.Signed, say func(place string, standing *access.Standing)) error {
	places, err := s.Places(ctx, who)
	if err != nil {
		return err
	}
	who.Factor, who.Hat, who.Waiver = access.StrongFactor, uuid.Nil, access.Waiver{}
	for _, place := range places {
		standing, err := s.door.Read(ctx, who.In(place.TenantID), needArrive, func(*access.Reading) {})
		if err != nil {
			return err
		}
		say(place.Name, standing)
	}
	return nil
}

// RenewCodes makes fresh recovery codes; those before open nothing any more.
func (s *Service) RenewCodes(ctx context.Context, who access.Signed) (Outcome, []string, error) {
	plain, hashes := freshCodes()
	out, err := s.factorAct(ctx, who, "account.codes_renewed", "renewed_codes", Recovery, func(tx pgx.Tx) (generation *int, err error) {
		err = tx.QueryRow(ctx, `select identity.recovery_renew($1, $2)`, who.Account, hashes).Scan(&generation)
		return generation, err
	})
	return out, plain, err
}

// factorAct runs a change of second factors, which returns the new generation of
// the account's sessions, or nil when there was nothing to change; tells the owner,
// and notes it in their places. The outcome says whether another password has to be
// chosen, where the present one can't do with what is left.
func (s *Service) factorAct(ctx context.Context, who access.Signed, act, change string, m Method, do func(pgx.Tx) (*int, error)) (Outcome, error) {
	out := Outcome{Account: who.Account, Stage: StageDone}
	err := s.within(ctx, func(tx pgx.Tx) error {
		generation, err := do(tx)
		if _, isFault := fault.As(err); isFault {
			return err
		}
		if err != nil {
			return fmt.Errorf("changing second factors: %w", err)
		}
		if generation == nil {
			return errNoFactor()
		}
		out.Generation = *generation
		about := map[string]string{"change": change}
		if _, out.Choose, err = s.passwordStands(ctx, tx, who.Account); err != nil {
			return err
		}
		if out.Choose {
			out.Stage, about["choose"] = StageChoose, "yes"
		}
		if err := s.post.SendAccountAbout(ctx, tx, who.Account, mail.FactorChanged, about); err != nil {
			return err
		}
		return s.Note(ctx, tx, who, act, map[string]any{"factor": m})
	})
	return out, err
}
