package signin

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
)

// links bounds how many links are asked for from one address, which may be a whole
// hospital's: sixty an hour, then one a minute. Per account internal/mail bounds them.
func links(address string) limit {
	return limit{"links:" + siteOf(address), 60, 60, 60}
}

// Forgot has a link sent to who can't come in, by user name or e-mail; to their
// backup address where they say so. Whatever is typed, and whatever became of its
// account, the answer is the same and takes the same work: what is sent, and
// whether, is found out by who sends it.
func (s *Service) Forgot(ctx context.Context, login string, to mail.Address, o access.Origin) error {
	login = strings.TrimSpace(login)
	if login == "" {
		return fault.Invalid("login", "forgot.login_missing")
	}
	emailKey := ""
	if email, err := people.ParseEmail(login); err == nil {
		emailKey = email.Key()
	}
	if err := s.spendTry(ctx, links(o.Address), errAsking()); err != nil {
		return err
	}
	var found uuid.UUID
	if err := s.door.Identity().QueryRow(ctx, `select identity.forgotten_lookup($1, $2)`, login, emailKey).Scan(&found); err != nil {
		return fmt.Errorf("looking up a login: %w", err)
	}
	return s.sendForgotten(ctx, found, to)
}

// SendAnother has another link sent in place of one that is dead, to the address on
// file.
func (s *Service) SendAnother(ctx context.Context, l *Link, o access.Origin) error {
	if err := s.spendTry(ctx, links(o.Address), errAsking()); err != nil {
		return err
	}
	return s.sendForgotten(ctx, l.AccountID, mail.ToMain)
}

func (s *Service) sendForgotten(ctx context.Context, account uuid.UUID, to mail.Address) error {
	return s.within(ctx, func(tx pgx.Tx) error { return s.post.SendForgotten(ctx, tx, account, to) })
}

// errAsking says nothing of any account.
func errAsking() error { return fault.Busy("forgot.busy") }
