package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/secret/keyring"
	"habilis/internal/secret/password"
	"habilis/internal/secret/token"
	"habilis/internal/secret/totp"
	"habilis/internal/signin"
	"habilis/internal/tenants"
)

// filler writes a world into an empty database, as the server's role.
type filler struct {
	*world
	door    *access.Door
	owner   access.Identity // the owner of the database, for what the server's role may not
	tenants *tenants.Service
	post    *mail.Post
	ring    *keyring.Ring
	clock   time.Time // that of the door: a place begins a year ago
}

// needFill is the demo's own.
var needFill = access.Need{Act: "tenants.create", Also: access.Console}

// fill writes everything, place by place. All passwords are hashed.
func (f *filler) fill(ctx context.Context) error {
	if err := f.addOperator(ctx); err != nil {
		return fmt.Errorf("making the demo's operator of support: %w", err)
	}
	written := map[*account]bool{f.operator: true}
	for _, p := range f.places {
		if err := f.addPlace(ctx, p, written); err != nil {
			return fmt.Errorf("filling the place %s: %w", p.number, err)
		}
	}
	return f.activate(ctx)
}

func (f *filler) addOperator(ctx context.Context) error {
	var b pgx.Batch
	queueAccount(&b, f.operator)
	b.Queue(`select identity.operator_add($1, $2)`, f.operator.id, f.begin)
	return send(ctx, f.owner, &b)
}

// send runs a batch on what lies before any place, in one transaction.
func send(ctx context.Context, to access.Identity, b *pgx.Batch) error {
	return pgx.BeginFunc(ctx, to, func(tx pgx.Tx) error { return tx.SendBatch(ctx, b).Close() })
}

// activate gives those who have come in a password and, if they need one, an
// authenticator; once they belong to all their places.
func (f *filler) activate(ctx context.Context) error {
	came := map[*account]bool{f.operator: true}
	for _, p := range f.places {
		for _, m := range p.members {
			came[m.account] = came[m.account] || m.state != "pending"
		}
	}
	var b pgx.Batch
	for _, a := range f.accounts {
		if !came[a] {
			continue
		}
		at := a.created.Add(time.Hour)
		if a != f.operator {
			f.queueProof(&b, a, at)
		}
		mailbox := a.email.Key()
		if a == f.operator {
			mailbox = ""
		}
		b.Queue(`select identity.password_set($1, $2, true, $3, $4)`, a.id, cmp.Or(a.hash, f.unknown), mailbox, at)
		if a.needsFactor {
			if err := f.queueFactor(&b, a, at); err != nil {
				return err
			}
		}
	}
	for _, p := range f.places {
		for _, m := range p.members {
			f.queueFailures(&b, m)
		}
	}
	return send(ctx, f.door.Identity(), &b)
}

// strange is where the demo's wrong passwords come from: of RFC 5737, nobody's.
const strange = "203.0.113.77"

// queueFailures holds someone up for a week: much longer than anybody ever is, so
// that a demo of some days still shows it.
func (f *filler) queueFailures(b *pgx.Batch, m *member) {
	const week = 7 * 24 * 60 * 60 // seconds
	for range m.failures {
		b.Queue(`select from identity.sign_in_judge($1, false, false, null, '', $2, '', '', '', $2, array[$2], '{5}', $3, $3, '', '', 0, 0, 0, $4)`,
			m.account.id, signin.Pair(m.account.id, strange), []int{week}, f.now)
	}
}

// queueProof takes a temporary password: it proves the mailbox.
func (f *filler) queueProof(b *pgx.Batch, a *account, at time.Time) {
	for _, p := range f.places {
		if p.has(a) {
			hash := token.HashOf(password.Temporary())
			b.Queue(`select identity.token_mint($1, 'temporary_password', $2, $3, $4, $5)`, hash[:], a.id, p.tenant, at, at.Add(time.Hour))
			b.Queue(`select identity.token_take($1, 'temporary_password', $2, $3)`, hash[:], a.id, at)
			return
		}
	}
}

func (f *filler) queueFactor(b *pgx.Batch, a *account, at time.Time) error {
	secret, err := totp.New("Habilis", a.username.String())
	if err != nil {
		return err
	}
	a.totp = secret.Base32
	b.Queue(`select identity.factor_propose($1, $2, $3)`, a.id, f.ring.Seal([]byte(a.totp), keyring.Binding("totp", a.id)), at)
	b.Queue(`select identity.factor_confirm($1, 0, '{}', $2)`, a.id, at)
	return nil
}

// addPlace makes a place a year ago, and writes its people and their year.
func (f *filler) addPlace(ctx context.Context, p *place, written map[*account]bool) error {
	f.clock = f.begin
	wanted := tenants.NewTenant{Number: p.number, Kind: p.stage.kind, Name: p.name, Support: p.support,
		Adjust: func(policies *tenants.Policies) { policies.SecondFactor = p.factor }}
	var err error
	if p.tenant, err = f.tenants.Create(ctx, wanted); err != nil {
		return err
	}
	f.clock = f.now
	return f.door.Enter(ctx, access.AtConsole(p.tenant), needFill, func(v *access.Visit) error {
		v.Unchanged() // its lines are written one by one, each at its time
		if err := p.readRoles(ctx, v); err != nil {
			return err
		}
		var b pgx.Batch
		for _, m := range p.members {
			if !written[m.account] {
				queueAccount(&b, m.account)
				written[m.account] = true
			}
			p.queueMember(&b, m)
		}
		p.queueRest(&b)
		if err := v.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		return f.sendLetters(ctx, v, p)
	})
}

func (p *place) readRoles(ctx context.Context, v *access.Visit) error {
	rows, err := v.Query(ctx, `select preset, id from role`)
	if err != nil {
		return err
	}
	p.roleIDs = map[string]uuid.UUID{}
	var key string
	var id uuid.UUID
	_, err = pgx.ForEachRow(rows, []any{&key, &id}, func() error {
		p.roleIDs[key] = id
		return nil
	})
	return err
}

func queueAccount(b *pgx.Batch, a *account) {
	b.Queue(`select identity.account_create($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		a.id, a.username.String(), a.username.Key(), a.email.String(), a.email.Key(), a.family, a.given, a.phone, a.locale, a.created)
}

const (
	insertResource = `
insert into resource (tenant_id, id, account_id, family, given, username, email, phone, function, state, search, lone,
                      created_at, created_by, archived_at, archived_by, archived_why, restored_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`

	insertPresence = `
insert into presence (tenant_id, resource_id, last_seen_at, second_factor)
values ($1, $2, coalesce($3::timestamptz, '-infinity'), $4)`

	insertGrant = `
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, until, open, by_kind, by_resource, ended_kind, ended_resource)
values ($1, $2, $3, $4, $5, $6, coalesce($7::timestamptz, 'infinity'), $8, $9, $10, $11, $12)`

	endTenure    = `update tenure set until = $2 where resource_id = $1`
	insertTenure = `insert into tenure (tenant_id, resource_id, since) values ($1, $2, $3)`

	insertHand = `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, until, open, by_kind, by_resource, ended_kind, ended_resource)
values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9::timestamptz, 'infinity'), $10, 'person', $11, case when not $10 then 'person' end, $12)`

	endCell = `
update role_cell set until = $3, open = false, ended_kind = 'person', ended_resource = $4 where role_id = $1 and area = $2 and open`

	insertCell = `
insert into role_cell (tenant_id, role_id, area, view, edit, view_ok, edit_ok, since, until, open, by_kind, by_resource, ended_kind, ended_resource)
values ($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9::timestamptz, 'infinity'), $10, 'person', $11, case when not $10 then 'person' end, $12)`

	insertInvitation = `
insert into invitation (tenant_id, id, email, email_key, role_id, state, invited_by, created_at, expires_at, answered_at, mail_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

	insertRequest = `
insert into request (tenant_id, id, resource_id, role_id, note, state, requested_by, created_at, answered_at, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

	insertMail = `
insert into mail (tenant_id, id, template, resource_id, account_id, recipient, locale, params, state, attempts, answer, created_at, changed_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`
)

func (p *place) queueMember(b *pgx.Batch, m *member) {
	archiver, why := (*uuid.UUID)(nil), ""
	if !m.archived.IsZero() {
		archiver, why = m.creator.ref(), m.why
	}
	b.Queue(insertResource, p.tenant, m.resource, m.id, m.family, m.given, m.username.String(), m.email.String(), m.phone, m.function,
		m.state, m.searchKey(), m.lone, m.since, m.creator.ref(), instant(m.archived), archiver, why, instant(m.returned))
	b.Queue(insertPresence, p.tenant, m.resource, instant(m.seen), m.factor)
	b.Queue(`select identity.membership_add($1, $2, $3)`, m.id, p.tenant, m.resource)
	if !m.left.IsZero() {
		b.Queue(endTenure, m.resource, m.left)
		b.Queue(insertTenure, p.tenant, m.resource, m.returned)
	}
	for _, g := range m.grants {
		p.queueGrant(b, m, g)
	}
	for _, h := range m.hands {
		p.queueHand(b, m, h)
	}
}

func (p *place) queueGrant(b *pgx.Batch, m *member, g *grant) {
	by := "console"
	if g.support {
		by = "support"
	} else if g.by != nil {
		by = "person"
	}
	var ended *string
	if g.endedBy != nil {
		person := "person"
		ended = &person
	}
	b.Queue(insertGrant, p.tenant, g.id, m.resource, p.roleIDs[g.role.Key], g.role.Exclusive, g.since, instant(g.until),
		g.endedBy == nil, by, g.by.ref(), ended, g.endedBy.ref())
}

// queueHand writes a cell set by hand; its area admits it.
func (p *place) queueHand(b *pgx.Batch, m *member, h *hand) {
	b.Queue(insertHand, p.tenant, m.resource, h.area.Key, h.cell.View, h.cell.Edit, h.area.View, h.area.Edit,
		h.since, instant(h.until), h.until.IsZero(), h.by.ref(), h.endedBy.ref())
}

// queueTried writes a cell of a role that was tried otherwise: what was before
// it ends, and begins again where it was taken back.
func (p *place) queueTried(b *pgx.Batch, t *tried) {
	role, area := p.roleIDs[t.role.Key], t.area
	b.Queue(endCell, role, area.Key, t.from, t.by.ref())
	b.Queue(insertCell, p.tenant, role, area.Key, t.cell.View, t.cell.Edit, area.View, area.Edit,
		t.from, instant(t.back), t.back.IsZero(), t.by.ref(), t.backBy.ref())
	if before, said := t.role.Grid[area.Key]; said && !t.back.IsZero() {
		b.Queue(insertCell, p.tenant, role, area.Key, before.View, before.Edit, area.View, area.Edit, t.back, nil, true, t.backBy.ref(), nil)
	}
}

// queueRest writes what is not about one person: grids that were tried, requests,
// letters, invitations and, last, the journal.
func (p *place) queueRest(b *pgx.Batch) {
	for _, t := range p.tried {
		p.queueTried(b, t)
	}
	host := p.managers()[0]
	for _, q := range p.asked {
		b.Queue(insertRequest, p.tenant, q.id, q.member.resource, p.roleIDs[q.role.Key], q.note, q.state, host.resource, q.at, instant(q.answered), q.reason)
	}
	for _, l := range p.letters {
		if !l.real {
			p.queueLetter(b, l)
		}
	}
	for _, i := range p.invited {
		letter := &i.letter.id
		if i.real {
			letter = nil
		}
		b.Queue(insertInvitation, p.tenant, i.id, i.email.String(), i.email.Key(), p.roleIDs[i.role.Key], i.state, host.resource,
			i.at, i.expires, instant(i.answered), letter)
	}
	p.queueRecords(b)
	for _, a := range p.acts {
		p.queueAct(b, a)
	}
}

func (p *place) queueLetter(b *pgx.Batch, l *letter) {
	var resource, account *uuid.UUID
	if l.member != nil {
		resource, account = &l.member.resource, &l.member.id
	}
	b.Queue(insertMail, p.tenant, l.id, l.template, resource, account, l.to.Address(), p.locale(), l.params, l.state, l.attempts, l.answer, l.at)
}

func (p *place) locale() string { return p.kind.Policies.Locale }

// facts is what a line says, in the form in which the door writes it.
type facts struct {
	Actor  string `json:"actor,omitempty"`
	Label  string `json:"label,omitempty"`
	Before any    `json:"before,omitempty"`
	After  any    `json:"after,omitempty"`
	Reason string `json:"reason,omitempty"`
}

func (p *place) queueAct(b *pgx.Batch, a act) {
	said := facts{Label: a.label, Before: a.before, After: a.after, Reason: a.reason}
	var by *uuid.UUID
	if a.by != nil {
		by = &a.by.id
		said.Actor = a.by.name()
	}
	encoded, err := json.Marshal(said)
	if err != nil {
		encoded = []byte("{}") // strings and numbers: it can't be
	}
	if a.role != "" {
		a.target = p.roleIDs[a.role]
	}
	b.Queue(`select journal_append($1, $2, $3, $4, $5, $6, 'done', '', $7)`,
		a.at, a.office.String(), by, a.name, a.targetKind, orNull(a.target), string(encoded))
}

// sendLetters queues those that leave when the demo starts, for its mailbox.
func (f *filler) sendLetters(ctx context.Context, v *access.Visit, p *place) error {
	for _, l := range p.letters {
		if !l.real {
			continue
		}
		sent := mail.Letter{Template: l.template, Recipient: l.to.Address(), Locale: i18n.Locale(p.locale()), Params: l.params}
		if l.member != nil {
			sent.Resource, sent.Account = l.member.resource, l.member.id
		}
		id, err := f.post.Send(ctx, v, sent)
		if err != nil {
			return err
		}
		if _, err := v.Exec(ctx, `update invitation set mail_id = $2 where id::text = $1`, l.params["invitation"], id); err != nil {
			return err
		}
	}
	return nil
}

// ref is a member's resource; nil for nobody.
func (m *member) ref() *uuid.UUID {
	if m == nil {
		return nil
	}
	return &m.resource
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func orNull(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// hats are the names of the roles that a member holds now.
func (m *member) hats(now time.Time) []string {
	names, _ := m.rolesAt(now)["roles"].([]string)
	return names
}
