package demo

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/people"
	"habilis/internal/tenants/kinds"
)

// act is a line of a journal.
type act struct {
	at         time.Time
	office     access.Office
	by         *account // nil: the console, the worker
	name       string
	targetKind string
	target     uuid.UUID
	role       string // the target, by its key, if it is a role
	label      string
	before     any
	after      any
	reason     string
}

func (p *place) note(a act) { p.acts = append(p.acts, a) }

// noteBy notes what someone of the place did, or the console for nil.
func (p *place) noteBy(m *member, a act) {
	a.office = access.Console
	if m != nil {
		a.office, a.by = access.Person, m.account
	}
	p.note(a)
}

// addLead brings in someone to sign in as, at the beginning of the year.
func (w *world) addLead(p *place, i int, l lead) {
	who := w.find(l, l.also)
	if who == nil {
		who = w.person(l.given, l.family, p.domain, p.france)
	}
	m := &member{
		account: who, resource: access.NewID(), function: l.function, state: "active", lead: true,
		since: w.begin.Add(time.Duration(i) * 26 * time.Hour), seen: w.now.Add(-time.Duration(20+w.draw.IntN(3000)) * time.Minute),
	}
	if i > 0 {
		m.creator = p.members[0]
	}
	p.members = append(p.members, m)
	w.arrive(p, m, "sent", l.roles[0])
	for n, key := range l.roles[1:] {
		w.give(p, m, key, m.since.Add(time.Duration(40+n)*time.Hour))
	}
	w.noteRoles(p, m)
	w.comeOften(p, m)
}

// find is the account of someone who belongs to an earlier place too.
func (w *world) find(l lead, domain string) *account {
	for _, a := range w.accounts {
		if domain != "" && a.given == l.given && a.family == l.family {
			return a
		}
	}
	return nil
}

// addCommon brings in one of the many. The first of each place are in states
// that every place should show.
func (w *world) addCommon(p *place, i int) {
	m := &member{resource: access.NewID(), function: pick(w, functions[p.stage.kind]), state: "active", creator: w.manager(p)}
	m.since = w.since()
	fate := "sent"
	switch kind := w.fateOf(i); kind {
	case "queued", "refused", "pending":
		m.state = "pending"
		if kind != "pending" {
			fate = kind
		}
		m.since = w.between(w.now.AddDate(0, 0, -6), w.now.Add(-time.Hour))
	case "blocked":
		m.failures, m.blocked = 8+w.draw.IntN(5), w.now.AddDate(0, 0, 7)
	case "returned":
		m.why = pick(w, reasons)
		m.since = w.between(w.begin, w.now.AddDate(0, -8, 0))
		m.left = w.between(m.since.AddDate(0, 1, 0), w.now.AddDate(0, -4, 0))
		m.returned = w.between(m.left.AddDate(0, 0, 7), m.left.AddDate(0, 2, 0))
	case "archived":
		m.state, m.why = "archived", pick(w, reasons)
		m.since = w.between(w.begin, w.now.AddDate(0, -4, 0))
		m.archived = w.between(m.since.AddDate(0, 2, 0), w.now.AddDate(0, 0, -3))
	}
	m.account = w.elsewhere(p, i)
	if m.account == nil {
		m.account = w.person(pick(w, p.givens()), pick(w, p.families()), p.domain, p.france)
		m.account.created = m.since
	}
	p.members = append(p.members, m)
	w.live(p, m, fate)
}

// since draws when someone came: half came when the place opened.
func (w *world) since() time.Time {
	if w.chance(50) {
		return w.between(w.begin.AddDate(0, 0, 8), w.begin.AddDate(0, 0, 25))
	}
	return w.between(w.begin.AddDate(0, 1, 0), w.now.AddDate(0, 0, -4))
}

// fateOf is what becomes of the i-th person of a place.
func (w *world) fateOf(i int) string {
	first := []string{"queued", "refused", "pending", "blocked", "archived", "returned"}
	if i < len(first) {
		return first[i]
	}
	switch n := w.draw.IntN(100); {
	case n < 4:
		return "pending"
	case n < 5:
		return "refused"
	case n < 6:
		return "blocked"
	case n < 14:
		return "archived"
	}
	return ""
}

// elsewhere is, for some, an account that they have in the first place already.
func (w *world) elsewhere(p *place, i int) *account {
	first := w.places[0]
	if p == first || p.france || i < 5 || i%5 != 0 {
		return nil
	}
	for range 20 {
		m := pick(w, first.members)
		if !m.lead && m.state == "active" && !p.has(m.account) {
			return m.account
		}
	}
	return nil
}

func (p *place) has(a *account) bool {
	for _, m := range p.members {
		if m.account == a {
			return true
		}
	}
	return false
}

func (p *place) givens() []string {
	if p.france {
		return givenOfFrance
	}
	return givenOfQuebec
}

func (p *place) families() []string {
	if p.france {
		return familyOfFrance
	}
	return familyOfQuebec
}

// live is someone's year, from their arrival.
func (w *world) live(p *place, m *member, fate string) {
	w.arrive(p, m, fate, p.kind.DefaultRole().Key)
	if m.state == "pending" {
		return
	}
	last, busy := w.now, w.now // busy is until when their roles change
	switch {
	case !m.archived.IsZero():
		last, busy = m.archived, m.archived
	case !m.left.IsZero():
		busy = m.left
	}
	w.change(p, m, busy)
	w.noteRoles(p, m)
	m.seen = w.between(m.here().Add(time.Hour), last)
	if w.chance(80) { // most came lately
		m.seen = w.between(last.AddDate(0, 0, -25), last.Add(-10*time.Minute))
	}
	if m.seen.Before(m.here()) {
		m.seen = m.here().Add(time.Hour)
	}
	if w.chance(22) {
		m.factor = "app"
	}
	w.comeOften(p, m)
	switch {
	case !m.archived.IsZero():
		p.noteState(m.creator, m, m.archived, "people.archive", "active", "archived")
	case !m.left.IsZero():
		p.noteState(m.creator, m, m.left, "people.archive", "active", "archived")
		p.noteState(p.editors()[0], m, m.returned, "people.restore", "archived", "active")
	}
}

// here is since when someone has been in the place without leaving.
func (m *member) here() time.Time {
	if m.returned.IsZero() {
		return m.since
	}
	return m.returned
}

// away reports whether someone had left, and was to come back.
func (m *member) away(at time.Time) bool {
	return !m.left.IsZero() && !at.Before(m.left) && at.Before(m.returned)
}

func (p *place) noteState(by, m *member, at time.Time, name, before, after string) {
	a := act{at: at, name: name, targetKind: "resource", target: m.resource, label: m.name(),
		before: map[string]any{"state": before}, after: map[string]any{"state": after}}
	if after == "archived" {
		a.reason = m.why
	}
	p.noteBy(by, a)
}

// arrive creates someone with a first role, and sends their first letter.
func (w *world) arrive(p *place, m *member, fate, first string) {
	role, _ := p.kind.Role(first)
	if m.since.Equal(w.begin) {
		m.since = m.since.Add(time.Minute)
	}
	g := w.grantOf(p, role, m.since, m.creator)
	m.grants, m.lone = append(m.grants, g), role.Exclusive
	p.noteBy(m.creator, act{at: m.since, name: "people.create", targetKind: "resource", target: m.resource, label: m.name(),
		after: map[string]any{"username": m.username.String(), "email": m.email.String(), "role": role.Name.Fr}})
	l := &letter{id: access.NewID(), template: "temporary_password", member: m, to: m.email, at: m.since, state: fate, attempts: 1,
		params: map[string]string{"username": m.username.String(), "by": p.name}}
	if m.creator != nil {
		l.params["by"] = m.creator.name()
	}
	switch {
	case fate == "queued":
		l.attempts, l.answer = 4, "451 4.3.2 Please try again later"
	case fate == "refused":
		l.answer = "550 5.1.1 <" + m.email.Address() + ">: Recipient address rejected: User unknown"
	case m.state == "pending" && m.since.After(w.now.AddDate(0, 0, -6)):
		l.real = true // the demo's mailbox shows it
		l.at = w.now
	}
	p.letters = append(p.letters, l)
	if fate != "queued" && !l.real {
		p.note(act{at: m.since.Add(3 * time.Second), office: access.Mailer, name: "mail." + fate, targetKind: "resource", target: m.resource,
			label: m.name(), reason: l.answer, after: map[string]any{"template": l.template, "attempts": l.attempts}})
	}
}

func (w *world) grantOf(p *place, role kinds.Role, at time.Time, by *member) *grant {
	g := &grant{id: access.NewID(), role: role, since: at, by: p.giver(role, by)}
	if role.SupportAlone() && by != nil {
		g.by, g.support = nil, true
	}
	if role.ExpiresAfter > 0 {
		g.until = at.AddDate(0, 0, role.ExpiresAfter)
		if g.until.Before(w.now) { // renewed since
			g.until = w.now.AddDate(0, 0, 30+w.draw.IntN(50))
		}
	}
	return g
}

// giver is who gives a role in someone's stead: they themselves, if they may.
func (p *place) giver(role kinds.Role, m *member) *member {
	gives := func(m *member) bool { return slices.ContainsFunc(role.GrantedBy, m.holds) }
	if m == nil || gives(m) {
		return m
	}
	for _, other := range p.editors() {
		if gives(other) {
			return other
		}
	}
	return m
}

// give adds a role to someone's.
func (w *world) give(p *place, m *member, key string, at time.Time) {
	if role, ok := p.kind.Role(key); ok && !m.holds(key) {
		m.grants = append(m.grants, w.grantOf(p, role, at, m.creator))
	}
}

func (m *member) holds(key string) bool {
	return slices.ContainsFunc(m.grants, func(g *grant) bool { return g.role.Key == key })
}

// change gives and ends roles during someone's year.
func (w *world) change(p *place, m *member, last time.Time) {
	for _, s := range p.common {
		if w.chance(s.percent) {
			w.give(p, m, s.role, w.between(m.since.Add(time.Hour), last))
		}
	}
	if len(m.grants) < 2 {
		return
	}
	g := m.grants[1+w.draw.IntN(len(m.grants)-1)]
	switch {
	case w.chance(18): // ended by someone
		g.until, g.endedBy = w.between(g.since.Add(time.Hour), last), g.by
	case w.chance(10): // a replacement, until a day that was set
		g.until = w.between(w.now.AddDate(0, 0, 5), w.now.AddDate(0, 3, 0)).Truncate(24 * time.Hour)
	}
}

// noteRoles notes all changes of someone's roles after their first.
func (w *world) noteRoles(p *place, m *member) {
	for _, g := range m.grants[1:] {
		a := act{at: g.since, name: "roles.give", targetKind: "resource", target: m.resource, label: m.name(),
			before: m.rolesAt(g.since.Add(-1)), after: m.rolesAt(g.since)}
		if g.support {
			a.office, a.by = access.Support, w.operator
			p.note(a)
		} else {
			p.noteBy(g.by, a)
		}
		if g.endedBy != nil {
			p.noteBy(g.endedBy, act{at: g.until, name: "roles.end", targetKind: "resource", target: m.resource, label: m.name(),
				before: m.rolesAt(g.until.Add(-1)), after: m.rolesAt(g.until)})
		}
	}
}

// rolesAt are the roles held at an instant, as the journal says them.
func (m *member) rolesAt(at time.Time) map[string]any {
	names := []string{}
	for _, g := range m.grants {
		if !g.since.After(at) && (g.until.IsZero() || g.until.After(at)) {
			names = append(names, g.role.Name.Fr)
		}
	}
	return map[string]any{"roles": names}
}

// comeOften notes some of the days on which someone came.
func (w *world) comeOften(p *place, m *member) {
	if m.seen.IsZero() {
		return
	}
	times := 1 + w.draw.IntN(3)
	if m.lead {
		times = 12
	}
	at := []time.Time{m.seen}
	for range times {
		at = append(at, w.between(m.since.Add(time.Hour), m.seen))
	}
	for _, t := range at {
		if m.away(t) {
			continue
		}
		p.noteBy(m, act{at: t, name: "signin.arrive", targetKind: "resource", target: m.resource, label: m.name()})
	}
}

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

// searchKey is what a search of people looks into.
func (m *member) searchKey() string {
	return people.SearchKey(m.family, m.given, m.username.String(), m.email.String())
}
