// Package people holds the people of a place: who they are, how one is added or
// invited, found, corrected, archived and brought back.
//
// A person is two things. The account is theirs: what they sign in with, in
// whatever places they belong to. The resource is the place's: the names, the
// telephone and the function under which the place knows them. An account is
// made with the first resource, and belongs to its owner from the first sign-in
// on: what a place changes afterwards is its own resource alone. No place learns
// in which others its people are.
package people

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/roles"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// Service is the people of all places.
type Service struct {
	door  *access.Door
	roles *roles.Service
	post  post
	kinds kinds.Catalogue
	texts bool // the site can send codes by SMS

	reaches func(number string) bool // which numbers texts go to; nil for all
}

// post queues letters in the transaction of an act.
type post interface {
	Send(ctx context.Context, v *access.Visit, l mail.Letter) (uuid.UUID, error)
	SendAll(ctx context.Context, v *access.Visit, all []mail.Letter) error
	SendAccountSaying(ctx context.Context, tx pgx.Tx, account uuid.UUID, template string, about map[string]string) error
}

// New returns the people behind door.
func New(door *access.Door, roles *roles.Service, post post, catalogue kinds.Catalogue) *Service {
	return &Service{door: door, roles: roles, post: post, kinds: catalogue}
}

// Who may do what.
var (
	NeedList    = access.ViewOf(access.People).ToGuests()
	NeedSheet   = access.ViewOf(access.People).ToGuests()
	NeedCreate  = roles.Gives(access.EditOf(access.People, "people.create"))
	NeedEdit    = access.Need{Act: "people.edit", Area: access.People, View: grid.All, Edit: grid.All, Proof: access.ProofAtTime}
	NeedArchive = access.EditOf(access.People, "people.archive")
	NeedRestore = roles.Gives(access.EditOf(access.People, "people.restore"))
	NeedResend  = access.EditOf(access.People, "people.resend")

	NeedInvitations = access.ViewOf(access.People).ToGuests()
	NeedInvite      = roles.Gives(access.EditOf(access.People, "invitations.create"))
	NeedReinvite    = access.EditOf(access.People, "invitations.resend")
	NeedWithdraw    = access.EditOf(access.People, "invitations.withdraw")
	NeedAccept      = access.Need{Act: "invitations.accept", Also: access.Invitee}
	NeedDecline     = access.Need{Act: "invitations.decline", Also: access.Invitee}
)

// errAbsent is the answer to an identifier of nobody, or of nobody here.
func errAbsent() error { return fault.NotFound("people.absent") }

// errStale is the answer to a form that was begun before someone else's change.
func errStale() error { return fault.Conflict("people.stale") }

// policiesOf reads what the place decides.
func policiesOf(ctx context.Context, v *access.Visit) (tenants.Policies, error) {
	var column []byte
	if err := v.QueryRow(ctx, readPolicies).Scan(&column); err != nil {
		return tenants.Policies{}, fmt.Errorf("reading policies: %w", err)
	}
	return tenants.ParsePolicies(column)
}

const readPolicies = `select policies from tenant`

// earlier is the result of a form that was received before; ok is false for a
// new one. [access.Visit.Once] notes it when all was found right.
func earlier(ctx context.Context, v *access.Visit, submission uuid.UUID) (result uuid.UUID, ok bool, err error) {
	err = v.QueryRow(ctx, `select result::uuid from submission where id = $1`, submission).Scan(&result)
	if errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, false, nil
	}
	if err != nil {
		return uuid.Nil, false, fmt.Errorf("looking for an earlier submission: %w", err)
	}
	return result, true, nil
}

// actorName is who acts, as letters say it.
func actorName(v *access.Visit) string { return v.Resource.Given + " " + v.Resource.Family }

// account is what the place knows of a person's account.
type account struct {
	Locale        i18n.Locale
	EmailVerified bool
	Activated     bool // has a password
	EmailOurs     bool // as of [Person]
}

func accountHere(ctx context.Context, v *access.Visit, id uuid.UUID) (account, error) {
	rows, err := v.Query(ctx, `select * from identity.account_here($1)`, id)
	if err != nil {
		return account{}, fmt.Errorf("reading an account: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[account])
	if err != nil {
		return account{}, fmt.Errorf("reading an account: %w", err)
	}
	return a, nil
}

// regionOf is the country whose way of writing telephone numbers a locale has.
func regionOf(locale string) string {
	if i18n.Locale(locale) == i18n.FrFR {
		return France
	}
	return Canada
}
