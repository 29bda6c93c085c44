// Package console is what the operator does at the command line, before there
// is anyone to do it in a browser: the first operator of support, and the first
// people of a place.
package console

import (
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/roles"
)

// Service makes the first people.
type Service struct {
	door  *access.Door
	roles *roles.Service
	post  *mail.Post
	clock func() time.Time
}

// New returns the console behind door.
func New(door *access.Door, roles *roles.Service, post *mail.Post, clock func() time.Time) *Service {
	return &Service{door, roles, post, clock}
}

// Newcomer is someone to make an account for, as typed. Faults stand beside
// email, given, family and username.
type Newcomer struct {
	Email, Given, Family string
	Username             string // "" is proposed
}

// account is a newcomer, once sound.
type account struct {
	id            uuid.UUID
	email         people.Email
	given, family string
	username      people.Username
	locale        i18n.Locale
}

// parse finds all that is wrong, but for what is taken.
func (n Newcomer) parse() (account, error) {
	a := account{id: access.NewID(), locale: i18n.FrCA}
	var wrong fault.Faults
	note := func(err error) { _ = wrong.Add(err) }
	var err error
	a.email, err = people.ParseEmail(n.Email)
	note(err)
	a.given, err = people.ParsePersonName("given", n.Given)
	note(err)
	a.family, err = people.ParsePersonName("family", n.Family)
	note(err)
	if n.Username != "" {
		a.username, err = people.ParseUsername(n.Username)
		note(err)
	}
	return a, wrong.Err()
}

func (a account) name() string { return a.given + " " + a.family }

const createAccount = `select identity.account_create($1, $2, $3, $4, $5, $6, $7, '', $8, $9)`

func (a account) queue(b *pgx.Batch, now time.Time) {
	b.Queue(createAccount, a.id, a.username.String(), a.username.Key(), a.email.String(), a.email.Key(), a.family, a.given, string(a.locale), now)
}

// Say puts a fault into one English line for a terminal.
func Say(err error) string {
	faults, ok := fault.As(err)
	if !ok {
		return err.Error()
	}
	say := i18n.For(i18n.EnCA)
	said := make([]string, len(faults))
	for i, f := range faults {
		said[i] = say.Message(f.Key, f.Args)
		if f.Field != "" {
			said[i] = f.Field + ": " + said[i]
		}
	}
	return strings.Join(said, "; ")
}
