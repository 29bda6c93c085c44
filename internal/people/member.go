package people

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/tenants/kinds"
)

const (
	createAccount = `
select identity.account_create(@account, @username, @username_key, @email, @email_key, @family, @given, @phone, @locale, @now)`

	insertResource = `
insert into resource (tenant_id, id, account_id, family, given, username, email, phone, function, flags, state, search, created_at, created_by)
values (@tenant, @id, @account, @family, @given, @username, @email, @phone, @function, @flags, @state, @search, @now, @by)`

	insertPresence = `insert into presence (tenant_id, resource_id, second_factor) values (@tenant, @id, @second_factor)`
	addMembership  = `select identity.membership_add(@account, @tenant, @id)`
)

// add writes the person, gives the role and what is set by hand, and sends a
// temporary password where that is how they come in.
func (s *Service) add(ctx context.Context, v *access.Visit, id uuid.UUID, c candidate) error {
	account := access.NewID()
	var b pgx.Batch
	b.Queue(createAccount, pgx.StrictNamedArgs{
		"account": account, "username": c.username.String(), "username_key": c.username.Key(), "email": c.email.String(), "email_key": c.email.Key(),
		"family": c.family, "given": c.given, "phone": c.phone.String(), "locale": string(c.locale), "now": v.Now})
	Member{ID: id, Account: account, Family: c.family, Given: c.given, Username: c.username.String(), Email: c.email.String(),
		Phone: c.phone.String(), Function: c.function, Flags: c.flags, State: Pending, By: &v.Resource.ID}.Queue(&b, v)
	if err := v.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("adding a person: %w", refusedTwin(err))
	}
	given, err := s.roles.Give(ctx, v, id, c.rights)
	if err != nil {
		return err
	}
	facts := map[string]any{"username": c.username.String(), "email": c.email.String()}
	person := found{ID: id, AccountID: account, Username: c.username.String(), Email: c.email.String()}
	if c.factor != nil {
		facts["factor"] = c.factor.set
		if err := s.askOnly(ctx, v, person, c.factor); err != nil {
			return err
		}
	}
	v.Record(access.Entry{TargetKind: "resource", Target: id, Label: c.given + " " + c.family, After: given.Facts(v.Tenant.Locale, facts)})
	if c.hash != "" {
		return s.letIn(ctx, v, person, c)
	}
	if v.Tenant.FirstAccess == kinds.FirstActivation {
		return nil
	}
	return s.sendFirst(ctx, v, person, c.locale)
}

// Member is someone about to be of a place.
type Member struct {
	ID, Account                    uuid.UUID
	Family, Given, Username, Email string
	Phone, Function                string
	Flags                          []string
	State                          State
	SecondFactor                   string     // "app" for who has one already
	By                             *uuid.UUID // resource; nil for the console
}

// Queue writes the person into the place; their account is there already.
func (m Member) Queue(b *pgx.Batch, v *access.Visit) {
	if m.Flags == nil {
		m.Flags = []string{}
	}
	b.Queue(insertResource, pgx.StrictNamedArgs{
		"tenant": v.Actor.Tenant(), "id": m.ID, "account": m.Account, "family": m.Family, "given": m.Given, "username": m.Username,
		"email": m.Email, "phone": m.Phone, "function": m.Function, "flags": m.Flags, "state": string(m.State),
		"search": searchOf(m.Family, m.Given, m.Username, m.Email), "now": v.Now, "by": m.By})
	b.Queue(insertPresence, pgx.StrictNamedArgs{"tenant": v.Actor.Tenant(), "id": m.ID, "second_factor": m.SecondFactor})
	b.Queue(addMembership, pgx.StrictNamedArgs{"account": m.Account, "tenant": v.Actor.Tenant(), "id": m.ID})
}

// searchOf is what the list looks into. All that writes names, user names or
// addresses of a resource writes it too.
func searchOf(family, given, username, email string) string {
	return SearchKey(family, given, username, email)
}
