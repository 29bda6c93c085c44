package roles

import (
	"strings"

	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// words says cells as the places of a kind say them, in letters and the journal.
type words struct {
	*i18n.Printer
	kind kinds.Kind
}

func (s *Service) words(kind string, locale i18n.Locale) words {
	k, _ := s.kinds.Kind(kind)
	return words{k.Dialect.For(locale), k}
}

func (w words) scope(area grid.Area, s grid.Scope) string {
	return w.Regional(w.kind.ScopeName(area, s, string(w.Locale())))
}

func (w words) area(a *rights.Area) string { return w.Regional(a.Name.In(string(w.Locale()))) }

// cell is one direction of an area.
func (w words) cell(a *rights.Area, d grid.Direction) string {
	if d == grid.Edit {
		return w.T("roles.cell_edit", "Area", w.area(a))
	}
	return w.T("roles.cell_view", "Area", w.area(a))
}

// field is one direction of an area as the journal heads it.
func (w words) field(a *rights.Area, d grid.Direction) string {
	if d == grid.Edit {
		return w.T("roles.field_edit", "Area", w.area(a))
	}
	return w.T("roles.field_view", "Area", w.area(a))
}

// lines are changes, each on a line of its own.
func (w words) lines(c *rights.Catalogue, changes grid.Changes) string {
	lines := make([]string, len(changes))
	for i, ch := range changes {
		lines[i] = w.T("roles.cell_change", "Cell", w.cell(c.Area(ch.Area), ch.Direction),
			"From", w.scope(ch.Area, ch.From), "To", w.scope(ch.Area, ch.To))
	}
	return strings.Join(lines, "\n")
}

// said is a scope, and whether it was set by hand.
func (w words) said(area grid.Area, s grid.Scope, hand grid.Override, d grid.Direction) string {
	byHand := hand.View
	if d == grid.Edit {
		byHand = hand.Edit
	}
	if byHand != nil {
		return w.T("roles.cell_by_hand", "Scope", w.scope(area, *byHand))
	}
	return w.T("roles.cell_by_roles", "Scope", w.scope(area, s))
}

// hands are the cells that a ruling sets by hand, before and after it, for the
// journal: what the hand says, and how far the cell then reaches.
func (w words) hands(d *desk, r *ruling) (before, after map[string]any) {
	before, after = map[string]any{}, map[string]any{}
	then := r.forecast.Facts.ByHand
	for _, act := range r.hands {
		a := d.Area(handedArea(act))
		for _, dir := range grid.Directions {
			was := w.said(a.Key, r.forecast.Before[a.Key].At(dir), d.Hands[a.Key].Override, dir)
			is := w.said(a.Key, r.forecast.After[a.Key].At(dir), then[a.Key].Override, dir)
			if was != is {
				before[w.field(a, dir)], after[w.field(a, dir)] = was, is
			}
		}
	}
	return before, after
}

// handedArea is the area whose cell an act sets, or leaves to the roles.
func handedArea(act grid.Act) grid.Area {
	if set, ok := act.(grid.Set); ok {
		return set.Area
	}
	return act.(grid.Clear).Area
}
