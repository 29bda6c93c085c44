package people

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
)

// maxReason is the longest reason, in characters.
const maxReason = 500

const (
	archive = `
update resource set state = 'archived', archived_at = @now, archived_by = @by, archived_why = @why, version = version + 1 where id = @id`

	voidTokens = `select identity.token_void(@account, @tenant, @now)`

	// Other places of the account, if there are any, keep its sessions; this
	// one's door is shut in any case.
	endSessions = `select identity.sessions_end(@account) where not exists (select from identity.places(@account, @now))`
)

// Archive ends someone's access to the place at once, and keeps everything: the
// roles stay written and give nothing. The last holder of a role that must be
// held can't be archived, nor the last who may edit the settings, nor oneself.
func (s *Service) Archive(ctx context.Context, a access.Actor, id uuid.UUID, reason string, version int) error {
	return s.door.Enter(ctx, a, NeedArchive, func(v *access.Visit) error {
		reason, err := parseReason(reason)
		if err != nil {
			return err
		}
		if id == v.Resource.ID {
			return fault.Forbidden("people.not_oneself")
		}
		p, err := s.touch(ctx, v, id, version)
		if err != nil {
			return err
		}
		if err := s.roles.MayLeave(ctx, v, id); err != nil {
			return err
		}
		known, err := accountHere(ctx, v, p.AccountID)
		if err != nil {
			return err
		}
		var b pgx.Batch
		b.Queue(archive, pgx.StrictNamedArgs{"id": id, "now": v.Now, "by": v.Resource.ID, "why": reason})
		b.Queue(endSessions, pgx.StrictNamedArgs{"account": p.AccountID, "now": v.Now})
		b.Queue(voidTokens, pgx.StrictNamedArgs{"account": p.AccountID, "tenant": v.Actor.Tenant(), "now": v.Now})
		if err := v.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("archiving a person: %w", err)
		}
		v.Record(access.Entry{TargetKind: "resource", Target: id, Label: p.name(), Reason: reason,
			Before: map[string]any{"state": p.State}, After: map[string]any{"state": Archived}})
		return s.tell(ctx, v, p, known, mail.AccountArchived)
	})
}

// parseReason reads a reason of one or more lines; it may be empty. It is kept
// in the place and not told to the person.
func parseReason(s string) (string, error) {
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > maxReason {
		return "", fault.Invalid("reason", "people.reason_long", "Max", maxReason)
	}
	return s, nil
}

// tell writes to the person who archived them, or brought them back.
func (s *Service) tell(ctx context.Context, v *access.Visit, p found, known account, template string) error {
	if p.Email == "" {
		return nil
	}
	_, err := s.post.Send(ctx, v, mail.Letter{
		Template: template, Resource: p.ID, Recipient: AddressOf(p.Email), Locale: known.Locale,
		Params: map[string]string{"by": actorName(v)}})
	return err
}
