package demo

import (
	"slices"
	"time"

	"habilis/internal/access"
	"habilis/internal/tenants/kinds"
)

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
