package demo

import (
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/people"
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
		m.failures = 8 + w.draw.IntN(5)
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

// searchKey is what a search of people looks into.
func (m *member) searchKey() string {
	return people.SearchKey(m.family, m.given, m.username.String(), m.email.String())
}
