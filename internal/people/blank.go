package people

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// BlankPage is the window in which a person is added.
type BlankPage struct {
	*access.Standing
	RoleOffer
	Locales       []i18n.Locale
	Locale        i18n.Locale // the place's
	Flags         []kinds.Flag
	EmailRequired bool
	FirstPassword bool      // whoever adds someone chooses their first password
	Submission    uuid.UUID // sent back by the form, so that it counts once
}

// RoleOffer is the roles that a person to come could be given.
type RoleOffer struct {
	Areas   []rights.Area // the rows of the roles' grids
	Choices []roles.Choice
	Default uuid.UUID    // preselected: what the person gets if nothing else is chosen
	Fixed   *fault.Fault // why this actor may set no cell by hand, or nil
	Ticks   bool         // several are ticked; else one is chosen
}

func (s *Service) offerOf(o *roles.Offer, a access.Actor, standing *access.Standing) RoleOffer {
	kind, _ := s.kinds.Kind(standing.Tenant.Kind)
	offer := RoleOffer{Areas: o.Areas(), Choices: o.Choices(a, standing), Fixed: o.Fixed(a, standing), Ticks: kind.RolesChoice == kinds.RolesTicks}
	if i := slices.IndexFunc(offer.Choices, func(c roles.Choice) bool { return c.Role.Default }); i >= 0 {
		offer.Default = offer.Choices[i].ID
	}
	return offer
}

// askPolicies queues the place's policies into a page.
func askPolicies(r *access.Reading, into *tenants.Policies) {
	r.Query(readPolicies, nil, func(rows pgx.Rows) error {
		column, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		*into, err = tenants.ParsePolicies(column)
		return err
	})
}

// Blank reads the window in which a person is added.
func (s *Service) Blank(ctx context.Context, a access.Actor) (*BlankPage, error) {
	var offer *roles.Offer
	var policies tenants.Policies
	standing, err := s.door.Read(ctx, a, NeedCreate, func(r *access.Reading) {
		offer = s.roles.Offer(r)
		askPolicies(r, &policies)
	})
	if err != nil {
		return &BlankPage{Standing: standing}, err
	}
	kind, _ := s.kinds.Kind(standing.Tenant.Kind)
	return &BlankPage{
		Standing: standing, RoleOffer: s.offerOf(offer, a, standing), Flags: kind.Flags,
		Locales: i18n.Locales(), Locale: i18n.Locale(standing.Tenant.Locale),
		EmailRequired: policies.EmailRequired, FirstPassword: policies.FirstAccess == kinds.FirstPassword, Submission: access.NewID(),
	}, nil
}

// Propose returns a free user name for someone of the given names, in the
// place's style; "" when none is near.
func (s *Service) Propose(ctx context.Context, a access.Actor, given, family string) (string, error) {
	var policies tenants.Policies
	var taken []string
	short, full := candidates(ProposeUsername, given, family), candidates(ProposeFullUsername, given, family)
	_, err := s.door.Read(ctx, a, NeedCreate, func(r *access.Reading) {
		askPolicies(r, &policies)
		r.Query(usernamesTaken, pgx.StrictNamedArgs{"keys": append(short, full...)}, func(rows pgx.Rows) (err error) {
			taken, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
	})
	if err != nil {
		return "", err
	}
	return firstFree(styleOf(policies), given, family, taken), nil
}

const usernamesTaken = `select * from identity.usernames_taken(@keys)`

// style is a way to make user names.
type style func(given, family string, taken func(key string) bool) string

func styleOf(p tenants.Policies) style {
	if p.UsernameStyle == kinds.UsernameGivenFamily {
		return ProposeFullUsername
	}
	return ProposeUsername
}

// maxCandidates is how many user names are looked up for a proposal.
const maxCandidates = 40

// candidates are the keys of the first user names that a style would propose.
func candidates(propose style, given, family string) []string {
	var keys []string
	propose(given, family, func(key string) bool {
		keys = append(keys, key)
		return len(keys) < maxCandidates
	})
	return keys
}

// firstFree is the first candidate that is not taken, or "".
func firstFree(propose style, given, family string, taken []string) string {
	tried := 0
	return propose(given, family, func(key string) bool {
		tried++
		return tried > maxCandidates || slices.Contains(taken, key)
	})
}

// propose is [Service.Propose] within an act.
func propose(ctx context.Context, v *access.Visit, make style, given, family string) (string, error) {
	taken, err := takenAmong(ctx, v, candidates(make, given, family))
	if err != nil {
		return "", err
	}
	return firstFree(make, given, family, taken), nil
}

func takenAmong(ctx context.Context, v *access.Visit, keys []string) ([]string, error) {
	rows, err := v.Query(ctx, usernamesTaken, pgx.StrictNamedArgs{"keys": keys})
	if err != nil {
		return nil, fmt.Errorf("looking up user names: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}
