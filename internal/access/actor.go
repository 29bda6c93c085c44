package access

import (
	"github.com/google/uuid"

	"habilis/internal/postgres"
)

// Office is the capacity in which something is done. The list is closed: work
// without a person at the keyboard has a narrow office of its own, never a
// catch-all one.
type Office uint8

// The offices. A need names, with Also, those that are not [Person].
const (
	Person  Office = 1 << iota // someone of the place, by the grid of their hat
	Invitee                    // a signed-in account that answers an invitation to the place
	Support                    // an operator of technical support, who belongs to no place
	Mailer                     // the worker that sends mail
	Console                    // the operator's command line
	Clock                      // what tells and notes that something planned comes to its end; it decides nothing
	Guest                      // an operator of support who looks around a place, for a while: see [Stay]
)

var officeNames = map[Office]string{
	Person: "person", Invitee: "person", Support: "support", Mailer: "mailer", Console: "console", Clock: "clock", Guest: "support",
}

// String is the office's name in the journal.
func (o Office) String() string { return officeNames[o] }

// Origin is where an act comes from, for the journal.
type Origin struct {
	Address   string // the client's address, "" when there is none
	RequestID string
}

// Actor is who acts, in which place and in which office. Outside this package
// one can only ask for one of the constructors' actors.
type Actor struct {
	office  Office
	account uuid.UUID
	tenant  uuid.UUID
	hat     uuid.UUID
	factor  Factor
	waiver  Waiver
	proven  bool
	origin  Origin
	claim   *postgres.Claim
	session uuid.UUID // a guest's: their stay is bound to it
}

// Signed is what a session says of a signed-in person. It carries no rights:
// those are read at each request.
type Signed struct {
	Account uuid.UUID
	Hat     uuid.UUID // the role to act in; the zero UUID is every role held
	Factor  Factor    // the second factor that was shown
	Waiver  Waiver    // why none was asked for, of an account that has one
	Proven  bool      // a short while ago they showed that they are who signed in
	Browser []byte    // what the browser is known by for the account; nil for nothing
	Origin  Origin
	Session uuid.UUID       // the sign-in's, whatever the token; zero where there is none
	Claim   *postgres.Claim // what of this is yet to be confirmed: the door does, before anything else
}

// In is the signed-in person as someone of the place.
func (s Signed) In(tenant uuid.UUID) Actor {
	return s.as(Person, tenant, s.Hat)
}

// Invited is the signed-in person as someone who was invited to the place.
func (s Signed) Invited(tenant uuid.UUID) Actor {
	return s.as(Invitee, tenant, uuid.Nil)
}

// Helping is the signed-in person as an operator of technical support. That
// the account is an operator is checked by the door.
func (s Signed) Helping(tenant uuid.UUID) Actor {
	return s.as(Support, tenant, uuid.Nil)
}

// Staying is the signed-in person as an operator of support who looks around the
// place. That they have a stay there, begun in this session, is checked by the door.
func (s Signed) Staying(tenant uuid.UUID) Actor {
	a := s.as(Guest, tenant, uuid.Nil)
	a.session = s.Session
	return a
}

func (s Signed) as(office Office, tenant, hat uuid.UUID) Actor {
	return Actor{office: office, account: s.Account, tenant: tenant, hat: hat, factor: s.Factor, waiver: s.Waiver, proven: s.Proven, origin: s.Origin, claim: s.Claim}
}

// Mailing is the worker that sends the place's mail.
func Mailing(tenant uuid.UUID) Actor { return Actor{office: Mailer, tenant: tenant} }

// AtConsole is the operator at the command line.
func AtConsole(tenant uuid.UUID) Actor { return Actor{office: Console, tenant: tenant} }

// Ticking is the clock, in the place.
func Ticking(tenant uuid.UUID) Actor { return Actor{office: Clock, tenant: tenant} }

// Tenant is the place in which the actor acts.
func (a Actor) Tenant() uuid.UUID { return a.tenant }

// Account is the account that acts; the zero UUID for the worker and the console.
func (a Actor) Account() uuid.UUID { return a.account }

// Office is the capacity in which the actor acts.
func (a Actor) Office() Office { return a.office }

// Origin is where the act comes from.
func (a Actor) Origin() Origin { return a.origin }
