package roles

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
	"habilis/internal/rights"
)

// Wish is a request to support: a role that support alone gives, for a person.
type Wish struct {
	Resource   uuid.UUID
	Role       uuid.UUID
	Note       string    // for support; may be empty
	Submission uuid.UUID // the same for a form that is sent twice
}

// maxNote bounds a note and a reason, in characters.
const maxNote = 1000

const insertRequest = `
insert into request (tenant_id, id, resource_id, role_id, note, requested_by, created_at)
values (@tenant, @id, @resource, @role, @note, @by, @now)`

// Request asks support for a role that it alone gives, and writes to all its
// operators: thirty times an hour, then more and more slowly. It returns the
// request's id.
func (s *Service) Request(ctx context.Context, a access.Actor, w Wish) (uuid.UUID, error) {
	id := access.NewID()
	err := s.door.Enter(ctx, a, NeedRequest, func(v *access.Visit) error {
		earlier, first, err := v.Once(ctx, w.Submission, id.String())
		if err != nil {
			return err
		}
		if !first {
			v.Unchanged()
			id, err = uuid.Parse(earlier)
			return err
		}
		d, err := openDesk(ctx, v, w.Resource)
		if err != nil {
			return err
		}
		role, err := d.wished(&w)
		if err != nil {
			return err
		}
		ok, err := v.Spend(ctx, access.Limit{Key: "request_by:" + a.Account().String(), Free: 30, Base: 60, Most: 3600})
		if err != nil {
			return err
		}
		if !ok {
			return fault.Busy("roles.request_busy")
		}
		if err := insertWish(ctx, v, id, w); err != nil {
			return err
		}
		v.Record(access.Entry{TargetKind: "resource", Target: w.Resource, Label: d.person.Name(), Reason: w.Note,
			After: map[string]any{"role": role.Name.In(v.Tenant.Locale)}})
		return s.tellOperators(ctx, v, d, role, id, w.Note)
	})
	return id, err
}

// wished finds the role of a wish, or says why it can't be asked for.
func (d *desk) wished(w *Wish) (*rights.Role, error) {
	w.Note = strings.TrimSpace(w.Note)
	role := d.Role(w.Role)
	switch {
	case role == nil:
		return nil, fault.NotFound("roles.absent")
	case utf8.RuneCountInString(w.Note) > maxNote:
		return nil, fault.Invalid("note", "roles.note_too_long", "Most", maxNote)
	case d.person.Archived():
		return nil, fault.Conflict("roles.archived")
	case role.Retired:
		return nil, fault.Conflict("roles.retired")
	case !role.SupportAlone():
		return nil, fault.Conflict("roles.not_support_only")
	case d.GrantOf(role.ID) != nil:
		return nil, fault.Conflict("roles.already_held")
	case d.asked(role):
		return nil, fault.Conflict("roles.requested")
	}
	return role, nil
}

func insertWish(ctx context.Context, v *access.Visit, id uuid.UUID, w Wish) error {
	_, err := v.Exec(ctx, insertRequest, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": id,
		"resource": w.Resource, "role": w.Role, "note": w.Note, "by": v.Resource.ID, "now": v.Now})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "request_open" {
		return fault.Conflict("roles.requested")
	}
	if err != nil {
		return fmt.Errorf("noting a request: %w", err)
	}
	return nil
}

// operator is one of support, to write to.
type operator struct {
	Email  string
	Locale i18n.Locale
}

func (s *Service) tellOperators(ctx context.Context, v *access.Visit, d *desk, role *rights.Role, request uuid.UUID, note string) error {
	rows, err := v.Query(ctx, `select email, locale from identity.operators() where email <> ''`)
	if err != nil {
		return fmt.Errorf("reading operators: %w", err)
	}
	operators, err := pgx.CollectRows(rows, pgx.RowToStructByName[operator])
	if err != nil {
		return fmt.Errorf("reading operators: %w", err)
	}
	for _, o := range operators {
		_, err := s.post.Send(ctx, v, mail.Letter{Template: mail.RequestAsked, Recipient: o.Email, Locale: o.Locale,
			Params: map[string]string{
				"by": ByName(v, o.Locale), "person": d.person.Name(), "email": cmp.Or(d.person.Email, d.person.Username),
				"role": role.Name.In(string(o.Locale)), "note": note, "request": request.String()}})
		if err != nil {
			return err
		}
	}
	return nil
}
