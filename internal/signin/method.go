package signin

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// Method is a way to show a second factor, by the name that the database has for it.
type Method string

// The methods, strongest first: what can't be given away to who asks nicely,
// then what the person holds, then messages that others may read.
const (
	Passkey  Method = "passkey"
	App      Method = "totp"
	Recovery Method = "recovery" // a code of the list that was kept for the day all else is lost
	SMS      Method = "sms"
	Email    Method = "email"
)

var methods = []Method{Passkey, App, Recovery, SMS, Email}

// Reaches is how much the method proves.
func (m Method) Reaches() access.Factor {
	switch m {
	case Passkey, App, Recovery:
		return access.StrongFactor
	case SMS, Email:
		return access.AnyFactor
	}
	return access.NoFactor
}

// LowersFloor reports a method beside which a shorter password does. A code by e-mail
// is none: the same mailbox sets another password. The database has the same list, in
// identity.lowers_floor.
func (m Method) LowersFloor() bool { return m == Passkey || m == App || m == SMS }

// Sent reports a method by a code that is sent.
func (m Method) Sent() bool { return m == SMS || m == Email }

// Held is what an account can show.
type Held struct {
	Methods     []Method // set up, whether or not they count here
	Recovery    int64    // codes left
	Email       string
	EmailCounts bool // one mailbox is never two factors: false where it gave the password
	Mobile      string
	Last        Method // shown the last time
	Operator    bool
}

// HeldBy reads what an account can show. through is the mailbox of the secret
// with which the sign-in began, "" when it was the owner's password.
func (s *Service) HeldBy(ctx context.Context, id uuid.UUID, through string) (*Held, error) {
	rows, err := s.door.Identity().Query(ctx, `select * from identity.factors_of($1, $2)`, id, through)
	if err != nil {
		return nil, fmt.Errorf("reading second factors: %w", err)
	}
	h, err := pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByName[Held])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fault.NotFound("signin.absent")
	}
	if err != nil {
		return nil, fmt.Errorf("reading second factors: %w", err)
	}
	return h, nil
}

// Has reports that the method is set up.
func (h *Held) Has(m Method) bool {
	if m == Recovery {
		return h.Recovery > 0 && (h.Has(App) || h.Has(Passkey))
	}
	return slices.Contains(h.Methods, m)
}

// offered are the methods that reach what is asked and can be used here,
// strongest first.
func (s *Service) offered(h *Held, asked access.Factor) []Method {
	var offered []Method
	for _, m := range methods {
		sendable := !m.Sent() || s.Sends(m)
		counts := (m != Email || h.EmailCounts) && (m != Passkey || s.OffersPasskey(h))
		if h.Has(m) && sendable && counts && m.Reaches() >= asked {
			offered = append(offered, m)
		}
	}
	return offered
}

// Reach is the most that the account can show, wherever it is.
func (h *Held) Reach() access.Factor {
	most := access.NoFactor
	for _, m := range h.Methods {
		most = max(most, m.Reaches())
	}
	return most
}

// Challenge is what a sign-in is asked to show.
type Challenge struct {
	*Held
	Offered []Method // strongest first; empty when nothing that the account has may be used
	Chosen  Method
	Asked   access.Factor // of this step
	Enrol   bool          // nothing that is set up reaches what is asked: it is to be set up
}

// Ask is what a session is asked to show, that has shown some level, so that it
// reaches another. Where nothing that is set up reaches it, what is set up is
// shown first, whatever it is worth, and then something is set up that does.
func (s *Service) Ask(ctx context.Context, id uuid.UUID, through string, shown, asked access.Factor, wanted Method) (*Challenge, error) {
	h, err := s.HeldBy(ctx, id, through)
	if err != nil {
		return nil, err
	}
	return s.ask(h, shown, asked, wanted), nil
}

// AskMost is what whoever changes an account's ways in is asked to show: as much as
// the account can.
func (s *Service) AskMost(ctx context.Context, id uuid.UUID, through string, wanted Method) (*Challenge, error) {
	h, err := s.HeldBy(ctx, id, through)
	if err != nil {
		return nil, err
	}
	return s.ask(h, access.NoFactor, h.Reach(), wanted), nil
}

func (s *Service) ask(h *Held, shown, asked access.Factor, wanted Method) *Challenge {
	c := &Challenge{Held: h, Asked: max(asked, access.AnyFactor)}
	if h.Reach() < c.Asked {
		if len(h.Methods) == 0 || shown > access.NoFactor {
			c.Enrol = true
			return c
		}
		c.Asked = access.AnyFactor
	}
	c.Offered = s.offered(h, c.Asked)
	c.Choose(wanted, h.Last)
	return c
}

// OfNewcomer is the challenge of who comes in for the first time. Where nothing
// counts that others have set for them, such as codes to the mailbox that let them
// in, they set something up, as does anyone who has nothing.
func (c *Challenge) OfNewcomer() *Challenge {
	c.Enrol = c.Enrol || len(c.Offered) == 0
	return c
}

// Choose takes the first of the wanted that is offered, else the strongest; none
// where nothing is.
func (c *Challenge) Choose(wanted ...Method) {
	c.Chosen = ""
	for _, m := range append(wanted, c.Offered...) {
		if slices.Contains(c.Offered, m) {
			c.Chosen = m
			return
		}
	}
}

// shown notes that a method was shown, and forgets the wrong tries.
func (s *Service) shown(ctx context.Context, who access.Signed, m Method) error {
	_, err := s.door.Identity().Exec(ctx, `select identity.try_right($1, $2), identity.factor_shown($3, $4, $5)`,
		who.Browser, codes(who.Account).key, who.Account, string(m), s.clock())
	if err != nil {
		return fmt.Errorf("noting a second factor: %w", err)
	}
	return nil
}
