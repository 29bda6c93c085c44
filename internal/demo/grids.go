package demo

import (
	"maps"
	"time"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/tenants/kinds"
)

// hand is a cell that was set by hand for a time.
type hand struct {
	area         kinds.Area
	cell         grid.Override
	since, until time.Time // until is zero while it holds
	by, endedBy  *member
}

// trial is a cell of a role that a place tries otherwise.
type trial struct {
	role       string
	area       grid.Area
	cell       grid.Cell
	from, back int // days ago; back is 0 where it stayed so
}

// tried is a trial that took place.
type tried struct {
	role       kinds.Role
	area       kinds.Area
	cell       grid.Cell
	from, back time.Time // back is zero where it stayed so
	by, backBy *member
}

// editors are who may change permissions, in the order of their coming.
func (p *place) editors() []*member {
	var all []*member
	for _, m := range p.members {
		if m.lead && p.mayEdit(m, access.Settings) {
			all = append(all, m)
		}
	}
	return all
}

// tryGrids has a place's roles edited during the year.
func (w *world) tryGrids(p *place) {
	for _, t := range p.trials {
		role, _ := p.kind.Role(t.role)
		area, _ := p.kind.Area(t.area)
		one := &tried{role: role, area: area, cell: t.cell, from: w.now.AddDate(0, 0, -t.from), by: pick(w, p.editors())}
		p.noteTried(one.by, one, one.from, role.Grid[t.area], t.cell)
		if t.back > 0 {
			one.back, one.backBy = w.now.AddDate(0, 0, -t.back), pick(w, p.editors())
			p.noteTried(one.backBy, one, one.back, t.cell, role.Grid[t.area])
		}
		p.tried = append(p.tried, one)
	}
}

func (p *place) noteTried(by *member, t *tried, at time.Time, before, after grid.Cell) {
	scope := func(c grid.Cell) saying {
		return func(d grid.Direction) string { return p.kind.ScopeName(t.area.Key, c.At(d), p.locale()) }
	}
	a := act{at: at, name: "roles.define.edit", targetKind: "role", role: t.role.Key, label: t.role.Name.Fr}
	a.before, a.after = p.told(t.area, scope(before), scope(after))
	p.noteBy(by, a)
}

// saying is one direction of a cell, in words.
type saying func(grid.Direction) string

// told is what changes of a cell, as the journal has it.
func (p *place) told(area kinds.Area, was, is saying) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	for _, d := range grid.Directions {
		if was(d) != is(d) {
			name := p.say().T("roles.cell_"+d.String(), "Area", area.Name.Fr)
			before[name], after[name] = was(d), is(d)
		}
	}
	return before, after
}

func (p *place) say() *i18n.Printer { return p.kind.Dialect.For(i18n.Locale(p.locale())) }

// setHands sets cells by hand, for one in fifteen of a place's people and for
// three at least. Half of them are changed later, or left to the roles again.
func (w *world) setHands(p *place) {
	for _, m := range w.settled(p) {
		first := w.setHand(p, m, pick(w, p.ours()), w.between(m.here().AddDate(0, 0, 2), w.now.AddDate(0, 0, -8)))
		if first == nil || w.chance(50) {
			continue
		}
		first.until, first.endedBy = w.between(first.since.AddDate(0, 0, 3), w.now.Add(-time.Hour)), pick(w, p.editors())
		if w.chance(50) {
			if next := w.setHand(p, m, first.area, first.until); next != nil {
				next.by = first.endedBy
			}
		}
	}
	for _, m := range p.members {
		for _, h := range m.hands {
			p.noteHand(m, h.by, h.area, h.since)
			if h.endedBy != nil && m.handAt(h.area, h.until) == (grid.Override{}) {
				p.noteHand(m, h.endedBy, h.area, h.until)
			}
		}
	}
}

// settled draws some who have been in the place for more than a month, and
// nobody who can be signed in as.
func (w *world) settled(p *place) []*member {
	var all []*member
	for _, m := range p.members {
		if m.state == "active" && !m.lead && !m.lone && m.here().Before(w.now.AddDate(0, -1, 0)) {
			all = append(all, m)
		}
	}
	w.draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all[:min(len(all), max(3, len(all)/15))]
}

// noteHand notes that a cell was set by hand, or left to the roles again.
func (p *place) noteHand(m, by *member, area kinds.Area, at time.Time) {
	a := act{at: at, name: "permissions.change", targetKind: "resource", target: m.resource, label: m.name()}
	a.before, a.after = p.told(area, p.sayCell(m, area, at.Add(-1)), p.sayCell(m, area, at))
	p.noteBy(by, a)
}

// sayCell says someone's cell at an instant, and whether it was set by hand.
func (p *place) sayCell(m *member, area kinds.Area, at time.Time) saying {
	cell, hand := p.gridAt(m, at)[area.Key], m.handAt(area, at)
	return func(d grid.Direction) string {
		key := "roles.cell_by_roles"
		if d == grid.View && hand.View != nil || d == grid.Edit && hand.Edit != nil {
			key = "roles.cell_by_hand"
		}
		return p.say().T(key, "Scope", p.kind.ScopeName(area.Key, cell.At(d), p.locale()))
	}
}

// handAt is what a hand says of a cell at an instant: nothing, mostly.
func (m *member) handAt(area kinds.Area, at time.Time) grid.Override {
	for _, h := range m.hands {
		if h.area.Key == area.Key && holds(h.since, h.until, at) {
			return h.cell
		}
	}
	return grid.Override{}
}

// ours are a place's areas without the portal's own.
func (p *place) ours() []kinds.Area {
	var areas []kinds.Area
	for _, a := range p.kind.Areas {
		if a.Module != kinds.Admin {
			areas = append(areas, a)
		}
	}
	return areas
}

// setHand sets a cell otherwise than it is; nil where chance finds nothing that
// people of the place may give.
func (w *world) setHand(p *place, m *member, area kinds.Area, at time.Time) *hand {
	rows, before := p.kind.Catalogue(), p.gridAt(m, at)
	for range 20 {
		view, edit := pick(w, area.View.List()), pick(w, area.Edit.List())
		cell := []grid.Override{{View: &view}, {Edit: &edit}, {View: &view, Edit: &edit}}[w.draw.IntN(3)]
		after := rows.Effective([]grid.Grid{before}, map[grid.Area]grid.Override{area.Key: cell})
		if rows.CheckOverride(area.Key, cell) == nil && !after.Equal(before) && rows.Reserved(p.calculus(), after) == nil {
			h := &hand{area: area, cell: cell, since: at, by: pick(w, p.editors())}
			m.hands = append(m.hands, h)
			return h
		}
	}
	return nil
}

// calculus is the place's roles: their grids, and that people give some of them.
func (p *place) calculus() []grid.Role {
	roles := make([]grid.Role, len(p.kind.Roles))
	for i, r := range p.kind.Roles {
		roles[i].Grid, roles[i].Rules.GivenBy = r.Grid, make([]grid.ID, len(r.GrantedBy))
	}
	return roles
}

// gridAt is what someone might do at an instant.
func (p *place) gridAt(m *member, at time.Time) grid.Grid {
	var roles []grid.Grid
	for _, g := range m.grants {
		if holds(g.since, g.until, at) {
			roles = append(roles, p.gridOf(g.role, at))
		}
	}
	hands := map[grid.Area]grid.Override{}
	for _, h := range m.hands {
		if holds(h.since, h.until, at) {
			hands[h.area.Key] = h.cell
		}
	}
	return p.kind.Catalogue().Effective(roles, hands)
}

// gridOf is what a role gave at an instant.
func (p *place) gridOf(r kinds.Role, at time.Time) grid.Grid {
	cells := maps.Clone(r.Grid)
	for _, t := range p.tried {
		if t.role.Key == r.Key && holds(t.from, t.back, at) {
			cells[t.area.Key] = t.cell
		}
	}
	return cells
}

// holds reports whether a fact held at an instant; until is zero if it has no end.
func holds(since, until, at time.Time) bool {
	return !since.After(at) && (until.IsZero() || until.After(at))
}
