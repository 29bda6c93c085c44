package portal

import (
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/web/page"
	"habilis/web/ui"
)

// why explains one cell of a person's grid: « Pourquoi ? ».
func (s *Server) why(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	day := v.query("on")
	on, err := v.Audit.EndOf(v.ctx(), v.actor(), "on", day)
	if err != nil {
		return err
	}
	d, err := v.direction()
	if err != nil {
		return err
	}
	found, err := v.Audit.Why(v.ctx(), v.actor(), id, grid.Area(v.query("area")), d, on)
	if err != nil {
		return err
	}
	frame := v.sheetFrame(found.Standing, v.say.T("ui.grid.why"), found.Person.Name())
	if on.IsZero() {
		day = ""
	}
	return v.ok(page.Why(frame, v.whyView(found, day), v.inWindow()))
}

// ownWhy explains a cell to the person whose it is.
func (s *Server) ownWhy(v *visit) error {
	d, err := v.direction()
	if err != nil {
		return err
	}
	found, err := s.Audit.OwnWhy(v.ctx(), v.actor(), grid.Area(v.query("area")), d)
	if err != nil {
		return err
	}
	if v.kind.ShowsNobody(found.Standing.Grid) {
		v.unname(found.Holding)
	}
	return v.ok(page.Why(v.frame(found.Standing, inDashboard, v.say.T("ui.grid.why")), v.ownWhyView(found), v.inWindow()))
}

// unname leaves out who gave what is held, for who is shown nobody.
func (v *visit) unname(held *rights.Holding) {
	someone := v.say.T("page.audit.someone")
	for i := range held.Grants {
		held.Grants[i].By.Name = someone
	}
	for area, hand := range held.Hands {
		hand.By.Name = someone
		held.Hands[area] = hand
	}
}

// ownWhyURL leads from a cell of one's own grid to the reason for it.
func (v *visit) ownWhyURL(area grid.Area, d grid.Direction) string {
	return v.in("/why?") + url.Values{"area": {string(area)}, "direction": {d.String()}}.Encode()
}

// direction is the direction in the address: view when it says none.
func (v *visit) direction() (grid.Direction, error) {
	switch v.query("direction") {
	case "", grid.View.String():
		return grid.View, nil
	case grid.Edit.String():
		return grid.Edit, nil
	}
	return 0, fault.Invalid("direction", "audit.direction")
}

func (v *visit) whyView(found *audit.WhyPage, day string) page.WhyView {
	p, reason := found.Person, found.Reason
	sentence := v.canSentence(found)
	if found.Past {
		sentence = v.say.T("page.audit.could", "Name", p.Name(), "Does", v.does(reason.Direction, found.Area), "Reach", reason.Scope > grid.None, "Date", found.At)
	}
	view := page.WhyView{
		Window: v.personWindow(p, v.say.T("ui.grid.why"), v.cellName(found.Standing, found.Area, reason.Direction), v.permissionsPath(p.ID, day)),
		Scope:  reason.Scope, Word: v.scopeName(found.Standing, found.Area.Key, reason.Scope), Says: sentence,
		Because: v.because(found), Missing: v.missingView(found.Standing, found.Area, found.Missing, !p.Archived()),
	}
	view.Window.Wide = false
	if !found.Past {
		view.Acts = append(view.Acts, ui.Act{Label: v.say.T("page.audit.try"), URL: v.personPath(p.ID, "/try?cells=1#"+ui.FieldID(audit.CellField(found.Area.Key, reason.Direction))), How: ui.Leaving})
	}
	return view
}

func (v *visit) canSentence(found *audit.WhyPage) string {
	return v.say.T("page.audit.can", "Name", found.Person.Name(), "Own", found.Own,
		"Does", v.does(found.Reason.Direction, found.Area), "Reach", found.Reason.Scope > grid.None)
}

func (v *visit) ownWhyView(found *audit.WhyPage) page.WhyView {
	reason := found.Reason
	return page.WhyView{
		Window: ui.WindowFrame{Title: v.say.T("ui.grid.why"), Subtitle: v.cellName(found.Standing, found.Area, reason.Direction), Close: v.in("/")},
		Scope:  reason.Scope, Word: v.scopeName(found.Standing, found.Area.Key, reason.Scope), Says: v.canSentence(found),
		Because: v.because(found), Missing: v.missingView(found.Standing, found.Area, found.Missing, true),
	}
}

// permissionsPath is the tab Permissions of a sheet, now or on a day.
func (v *visit) permissionsPath(person uuid.UUID, day string) string {
	path := v.personPath(person, "/permissions")
	if day != "" {
		path += "?on=" + url.QueryEscape(day)
	}
	return path
}

// cellName names a direction of an area: "Factures et paiements · Consultation".
func (v *visit) cellName(s *access.Standing, area *rights.Area, d grid.Direction) string {
	words := v.words(s)
	heads := [...]string{grid.View: words.ViewAccess, grid.Edit: words.EditAccess}
	return joined(v.text(area.Name), heads[d])
}

// does is what one can do in a direction of an area: "consulter Factures et paiements".
func (v *visit) does(d grid.Direction, area *rights.Area) string {
	if d == grid.Edit {
		return v.say.T("page.audit.edits", "Area", v.text(area.Name))
	}
	return v.say.T("page.audit.views", "Area", v.text(area.Name))
}

// because says where a cell comes from, a sentence each.
func (v *visit) because(found *audit.WhyPage) []string {
	if !found.Present() {
		return []string{v.absent(found.File)}
	}
	reason := found.Reason
	switch reason.Cause {
	case grid.FromRoles:
		return v.becauseOfRoles(found)
	case grid.FromHand, grid.Corrected:
		hand := found.Hands[reason.Area]
		key := "page.audit.because.hand"
		if reason.Cause == grid.Corrected {
			key = "page.audit.because.corrected." + reason.Direction.String()
		}
		return []string{
			v.say.T(key, "By", v.by(hand.By), "Date", hand.Since),
			v.say.T("page.audit.because.roles_alone", "Own", found.Own, "Word", v.scopeName(found.Standing, reason.Area, reason.Roles)),
		}
	}
	if len(found.Grants) == 0 {
		return []string{v.say.T("page.audit.because.no_role", "Own", found.Own)}
	}
	return []string{v.say.T("page.audit.because.unsaid", "Own", found.Own, "Roles", v.roleNames(found.Grants))}
}

func (v *visit) becauseOfRoles(found *audit.WhyPage) []string {
	var sentences []string
	for _, source := range found.Reason.Sources {
		g := found.GrantOf(uuid.UUID(source.ID))
		sentence := v.say.T("page.audit.because.role", "Role", v.text(g.Role.Name), "By", v.by(g.By), "Date", g.Since)
		if g.Until != nil && g.Until.After(found.Now) {
			sentence += " " + v.say.T("page.audit.because.until", "Date", *g.Until)
		}
		sentences = append(sentences, sentence)
	}
	if less := len(found.Grants) - len(found.Reason.Sources); less > 0 {
		sentences = append(sentences, v.say.T("page.audit.because.less", "Own", found.Own, "Count", less))
	}
	return sentences
}

func (v *visit) roleNames(grants []rights.Grant) string {
	names := make([]string, len(grants))
	for i, g := range grants {
		names[i] = v.text(g.Role.Name)
	}
	return strings.Join(names, ", ")
}

// absent says why someone who was not of the place could do nothing there.
func (v *visit) absent(f *audit.File) string {
	var last *time.Time
	for _, t := range f.Tenures {
		if t.Until != nil && !t.Until.After(f.At) {
			last = t.Until
		}
	}
	if last != nil {
		return v.say.T("page.audit.absent.archived", "Name", f.Person.Name(), "Date", *last)
	}
	return v.say.T("page.audit.absent.before", "Name", f.Person.Name(), "Date", f.Tenures[0].Since)
}

// missingView says what would let someone reach further, and who could give it;
// nil where there is nothing to say.
func (v *visit) missingView(s *access.Standing, area *rights.Area, m *audit.Missing, active bool) *page.MissingView {
	if m == nil || !active {
		return nil
	}
	view := &page.MissingView{Lead: v.say.T("page.audit.missing.roles")}
	for _, w := range m.Ways {
		view.Ways = append(view.Ways, page.WayView{
			Scope: w.Reach, Word: v.scopeName(s, area.Key, w.Reach), Role: v.text(w.Role.Name), By: v.givenBy(w.Givers)})
	}
	tell := func(when bool, key string, args ...any) {
		if when {
			view.Else = append(view.Else, v.say.T(key, args...))
		}
	}
	none := len(m.Ways) == 0
	tell(none && m.Barred, "page.audit.missing.barred")
	tell(none && !m.Barred && m.Alone != nil, "page.audit.missing.alone", "Role", v.roleName(m.Alone))
	tell(none && !m.Barred && m.Alone == nil, "page.audit.missing.no_role")
	tell(len(m.Hand) > 0, "page.audit.missing.hand", "Who", v.giversOf(m.Hand))
	return view
}

func (v *visit) roleName(r *rights.Role) string {
	if r == nil {
		return ""
	}
	return v.text(r.Name)
}

// givenBy says who may give a role.
func (v *visit) givenBy(givers []audit.Giver) string {
	if len(givers) == 0 {
		return v.say.T("page.audit.given_by.support")
	}
	return v.say.T("page.audit.given_by", "Who", v.giversOf(givers))
}

// giversOf names roles and some who hold them, as [visit.givers] does.
func (v *visit) giversOf(givers []audit.Giver) string {
	named := make([]roles.Giver, len(givers))
	for i, g := range givers {
		named[i] = roles.Giver{Role: g.Role.Name, People: g.People}
	}
	return v.givers(named)
}
