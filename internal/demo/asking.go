package demo

import (
	"time"

	"habilis/internal/access"
	"habilis/internal/tenants/kinds"
)

// invite leaves an invitation in each of its states. The first goes to someone
// of the next place who can be signed in as: it can be accepted.
func (w *world) invite(p *place) {
	host := p.managers()[0]
	role := p.kind.DefaultRole()
	guest := w.guestOf(p)
	if guest != nil {
		w.send(p, host, &invitation{email: guest.email, role: role, state: "pending", at: w.now, real: true})
	}
	days := func(n int) time.Time { return w.now.AddDate(0, 0, -n) }
	for _, i := range []*invitation{
		{state: "pending", at: days(3)},
		{state: "pending", at: days(40)}, // expired
		{state: "declined", at: days(70), answered: days(66)},
		{state: "withdrawn", at: days(90), answered: days(88)},
	} {
		name := plainAddress(pick(w, p.givens())) + "." + plainAddress(pick(w, p.families()))
		i.email, i.role = freeEmail(name, "partenaire.example", func(key string) bool { return w.taken[key] }), role
		w.taken[i.email.Key()] = true
		w.send(p, host, i)
	}
}

// guestOf is a lead of another place who doesn't belong to p.
func (w *world) guestOf(p *place) *account {
	for i, q := range w.places {
		if q == p {
			next := w.places[(i+2)%len(w.places)]
			for _, m := range next.members {
				if m.lead && !p.has(m.account) && !p.mayEdit(m, access.Settings) {
					return m.account
				}
			}
		}
	}
	return nil
}

func (w *world) send(p *place, host *member, i *invitation) {
	i.id = access.NewID()
	i.expires = i.at.AddDate(0, 0, p.kind.Policies.InvitationDays)
	i.letter = &letter{id: access.NewID(), template: "invitation", to: i.email, at: i.at, state: "sent", attempts: 1, real: i.real,
		params: map[string]string{"by": host.name(), "role": i.role.Name.Fr, "invitation": i.id.String(), "expires": i.expires.Format(time.RFC3339)}}
	p.invited = append(p.invited, i)
	p.letters = append(p.letters, i.letter)
	a := act{at: i.at, name: "invitations.create", targetKind: "invitation", target: i.id, label: i.email.String(), after: map[string]any{"role": i.role.Name.Fr}}
	p.noteBy(host, a)
	switch i.state {
	case "declined":
		p.note(act{at: i.answered, office: access.Invitee, name: "invitations.decline", targetKind: "invitation", target: i.id, label: i.email.String()})
	case "withdrawn":
		p.noteBy(host, act{at: i.answered, name: "invitations.withdraw", targetKind: "invitation", target: i.id, label: i.email.String()})
	}
}

// ask leaves an open request to support, and answered ones, where some role is
// support's to give.
func (w *world) ask(p *place) {
	role, ok := p.supportRole()
	if !ok {
		return
	}
	host := p.managers()[0]
	for _, q := range []*request{
		{state: "open", note: "Prend la relève pendant un congé, à compter du mois prochain.", at: w.now.AddDate(0, 0, -1)},
		{state: "refused", reason: "La personne ne fait plus partie de l'équipe de gestion.", at: w.now.AddDate(0, -3, 0), answered: w.now.AddDate(0, -3, 1)},
	} {
		q.id, q.role, q.member = access.NewID(), role, w.candidate(p, role)
		if q.member == nil {
			continue
		}
		p.asked = append(p.asked, q)
		p.noteBy(host, act{at: q.at, name: "requests.ask", targetKind: "resource", target: q.member.resource, label: q.member.name(),
			after: map[string]any{"role": role.Name.Fr}, reason: q.note})
		if q.state != "open" {
			p.note(act{at: q.answered, office: access.Support, by: w.operator, name: "requests.refuse", targetKind: "resource", target: q.member.resource,
				label: q.member.name(), after: map[string]any{"role": role.Name.Fr}, reason: q.reason})
		}
	}
}

func (p *place) supportRole() (kinds.Role, bool) {
	for _, r := range p.kind.Roles {
		if r.SupportAlone() {
			return r, true
		}
	}
	return kinds.Role{}, false
}

// candidate is someone active, not asked for yet, who doesn't hold the role.
func (w *world) candidate(p *place, role kinds.Role) *member {
next:
	for range 50 {
		m := pick(w, p.members)
		if m.state != "active" || m.lead || m.since.After(w.now.AddDate(0, -4, 0)) {
			continue
		}
		for _, g := range m.grants {
			if g.role.Key == role.Key {
				continue next
			}
		}
		for _, q := range p.asked {
			if q.member == m {
				continue next
			}
		}
		return m
	}
	return nil
}
