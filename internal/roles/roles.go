// Package roles decides who holds which role in a place, and which cells are set
// for someone by hand. All ways to a right (given, put in another's place, set by
// hand, brought by a new account, by an invitation, by support's answer) end in
// one judgement, [desk.judge], made under the lock of the place. Its rules, in
// the order in which they are looked at:
//
//  1. Someone archived is left as they are.
//  2. Nobody acts on someone above: one whose grid, all roles together, reaches
//     further than the actor's own under their hat in some area of the module
//     admin. Who may edit all settings has nobody above.
//  3. A retired role is given no more.
//  4. A role is given by holders of the roles that it names, under their hat; one
//     that names none, by support alone. Ending asks for no such role: rules 2
//     and 10 protect who holds it.
//  5. A role is held once; beside an exclusive one there is no other.
//  6. Cells are set by hand by who may edit all settings, and given back to the
//     roles by nobody else.
//  7. What only roles of support reach is handed out by support alone.
//  8. Nobody gives a cell wider than their own under their hat, unless they may
//     edit all settings.
//  9. Nobody widens their own rights, nor makes them outlast a planned end.
//  10. The last holder of a role that must be held keeps it.
//  11. Someone of the place may edit all settings, if anyone could before: by
//     roles or by hand, whatever is done to several at once. Rights that have a
//     planned end count only where nobody has others, and who has not signed in
//     yet only where nobody has who may: what can be counted on is never less.
//
// Support and the console are bound by 1, 3, 5, 10 and 11. What an exclusive role
// would end is confirmed by the person who gives it. A cell that an area does not
// admit is refused before all of this, beside its field, and never rounded.
//
// The roles themselves are defined by who may edit all settings, in one judgement
// too, [drafting.judge]:
//
//  1. A role that support alone gives is defined by support alone, and no other
//     becomes one.
//  2. A retired role changes no more; its holders keep it. It comes back to the
//     catalogue as it was, if all that follows lets it.
//  3. Each cell is what its area admits, in the role's module or the portal; names
//     are not shared; a role that edits the portal asks for a second factor, and
//     no role for a weaker one than the kind's role that allows as much; the
//     default role edits nothing of the portal.
//  4. What only roles of support reach, no other role gives.
//  5. Nobody widens their own rights, now or after a planned end.
//  6. A role whose holders have others does not become exclusive.
//  7. Someone of the place may edit all settings, if anyone could before, counted
//     as above.
//
// How many people gain or lose what is worked out exactly and shown before; a form
// that saw other people concerned than there are is a conflict.
package roles

import (
	"context"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/mail"
	"habilis/internal/tenants/kinds"
)

// Service gives and ends roles, sets cells by hand, and takes requests to support.
type Service struct {
	door  *access.Door
	post  post
	kinds kinds.Catalogue // for the words of scopes
}

// post queues letters in the transaction of an act.
type post interface {
	Send(ctx context.Context, v *access.Visit, l mail.Letter) (uuid.UUID, error)
	SendAll(ctx context.Context, v *access.Visit, all []mail.Letter) error
}

// New returns the service of roles behind door, whose letters go to post.
func New(door *access.Door, post post, catalogue kinds.Catalogue) *Service {
	return &Service{door, post, catalogue}
}

// Who may do what.
var (
	NeedList        = access.ViewOf(access.Roles).ToGuests()
	NeedCatalogue   = access.ViewOf(access.Roles).ToGuests()
	NeedExport      = access.ViewOf(access.Roles)
	NeedChange      = Gives(access.EditOf(access.Roles, "roles.change"))
	NeedProlong     = Gives(access.EditOf(access.Roles, "roles.prolong"))
	NeedPermissions = access.ViewOf(access.Roles).ToGuests()
	NeedHands       = Gives(access.EditOf(access.Settings, "permissions.change"))
	NeedRequest     = access.EditOf(access.Roles, "requests.ask")

	NeedWithdrawRequest = access.EditOf(access.Roles, "requests.withdraw")

	NeedAsked  = access.Need{Also: access.Support}
	NeedAnswer = access.Need{Act: "requests.answer", Also: access.Support, Proof: access.ProofAlways}
)
