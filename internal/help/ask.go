package help

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/roles"
)

// What is what support is asked to do to an account that is not a place's alone.
type What string

// What support may be asked.
const (
	WantBackup What = "backup_email"
	WantFactor What = "factor"
	WantEmail  What = "email"
)

// Wish is a request to support, as typed. Faults stand beside the fields what,
// email and note.
type Wish struct {
	Person     uuid.UUID
	What       What
	Email      string // the address to name
	Note       string // how one knows that it is them
	Submission uuid.UUID
}

// maxNote bounds a note, in characters.
const maxNote = 1000

const insertRequest = `
insert into help_request (tenant_id, id, resource_id, what, address, note, requested_by, created_at)
values (@tenant, @id, @resource, @what, @address, @note, @by, @now)`

// Ask asks support for what the place may not do itself, and writes to all its
// operators.
func (s *Service) Ask(ctx context.Context, a access.Actor, w Wish) error {
	return s.act(ctx, a, NeedAsk, Turn{Person: w.Person, Submission: w.Submission}, func(v *access.Visit, p *subject) error {
		if err := w.settle(ctx, v, p); err != nil {
			return err
		}
		if err := seldom(ctx, v, p); err != nil {
			return err
		}
		id := access.NewID()
		_, err := v.Exec(ctx, insertRequest, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": id, "resource": p.ID, "what": string(w.What),
			"address": w.Email, "note": w.Note, "by": v.Resource.ID, "now": v.Now})
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.ConstraintName == "help_request_open" {
			return fault.Conflict("help.asked")
		}
		if err != nil {
			return fmt.Errorf("noting a request: %w", err)
		}
		v.Record(access.Entry{TargetKind: "resource", Target: p.ID, Label: p.name(), Reason: w.Note, After: map[string]any{"what": string(w.What)}})
		return s.tellOperators(ctx, v, p, w, id)
	})
}

// settle makes a wish sound, or says why it can't be asked.
func (w *Wish) settle(ctx context.Context, v *access.Visit, p *subject) error {
	var wrong fault.Faults
	w.Note = strings.TrimSpace(w.Note)
	switch {
	case p.Authority == Ours:
		return fault.Conflict("help.ours")
	case w.What != WantBackup && w.What != WantFactor && w.What != WantEmail:
		wrong = append(wrong, fault.Invalid("what", "help.not_a_choice"))
	case w.What == WantFactor && !p.Factor:
		wrong = append(wrong, fault.Invalid("what", "help.no_factor"))
	}
	switch {
	case w.Note == "":
		wrong = append(wrong, fault.Invalid("note", "help.note_missing"))
	case utf8.RuneCountInString(w.Note) > maxNote:
		wrong = append(wrong, fault.Invalid("note", "help.note_long", "Max", maxNote))
	}
	if w.What != WantBackup && w.What != WantEmail {
		w.Email = ""
		return wrong.Err()
	}
	read := p.parseEmail
	if w.What == WantBackup {
		read = func(typed string) (people.Email, error) {
			return parseBackup(ctx, v, p, Backup{Email: typed, Anyway: true})
		}
	}
	email, err := read(w.Email)
	if err := wrong.Add(err); err != nil {
		return err
	}
	w.Email = email.String()
	return wrong.Err()
}

// operatorTold is one of support, to write to.
type operatorTold struct {
	Email  string
	Locale i18n.Locale
}

func (s *Service) tellOperators(ctx context.Context, v *access.Visit, p *subject, w Wish, id uuid.UUID) error {
	rows, err := v.Query(ctx, `select email, locale from identity.operators() where email <> ''`)
	if err != nil {
		return fmt.Errorf("reading operators: %w", err)
	}
	operators, err := pgx.CollectRows(rows, pgx.RowToStructByName[operatorTold])
	if err != nil {
		return fmt.Errorf("reading operators: %w", err)
	}
	var letters []mail.Letter
	for _, o := range operators {
		letters = append(letters, mail.Letter{Template: mail.HelpAsked, Recipient: people.AddressOf(o.Email), Locale: o.Locale, Params: map[string]string{
			"by": roles.ByName(v, o.Locale), "person": p.name(), "email": cmp.Or(p.Email, p.Username), "what": string(w.What), "note": w.Note, "request": id.String()}})
	}
	return s.post.SendAll(ctx, v, letters)
}
