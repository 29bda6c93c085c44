package portal

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/tabular"
	"habilis/web/page"
	"habilis/web/ui"
)

// permissionsOn is the tab Permissions on a day: what the person of the address
// could do at its end, and where each cell came from then.
func (v *visit) permissionsOn(day string) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	typed := form.With("on", day)
	on, err := v.dayOf(typed, "on")
	if err != nil {
		return err
	}
	if typed.OK() && on.IsZero() {
		return v.goTo(v.permissionsPath(id, ""))
	}
	found, err := v.Audit.AsOf(v.ctx(), v.actor(), id, on)
	if err != nil {
		return err
	}
	frame := v.sheetFrame(found.Standing, v.say.T("page.audit.another_day"), found.Person.Name())
	view := page.AsOfView{Head: v.headOf(found.Standing, found.Person, onPermissions), Ask: v.dayForm(id, typed)}
	if typed.OK() {
		v.fillAsOf(&view, found, day)
	}
	return v.filled(typed, page.AsOf(frame, view))
}

// questions are what else one may ask about a person's permissions.
func (v *visit) questions(s *access.Standing, person uuid.UUID) []ui.Act {
	yesterday := inZone(s, s.Now).AddDate(0, 0, -1).Format(audit.Day)
	return append(v.gridExports(person, ""), []ui.Act{
		{Label: v.say.T("page.audit.another_day"), URL: v.permissionsPath(person, yesterday), Icon: ui.IconClock, Tone: ui.Calm},
		{Label: v.say.T("page.audit.changes"), URL: v.personPath(person, "/permissions/changes"), Tone: ui.Calm},
		{Label: v.say.T("page.audit.try"), URL: v.personPath(person, "/try"), Tone: ui.Calm},
	}...)
}

// gridExports take a person's grid away, as it is or was on a day: as a table, or
// on paper.
func (v *visit) gridExports(person uuid.UUID, day string) []ui.Act {
	query, acts := url.Values{}, []ui.Act{}
	if day != "" {
		query.Set("on", day)
	}
	for _, as := range []string{asCSV, asXLSX} {
		query.Set("as", as)
		acts = append(acts, ui.Act{Label: v.say.T("page.audit.export." + as), URL: v.personPath(person, "/permissions/export?"+query.Encode()), How: ui.Leaving, Tone: ui.Calm})
	}
	return append(acts, ui.Act{Label: v.say.T("page.audit.print"), How: ui.Printing, Tone: ui.Calm})
}

// exportPermissions takes a person's grid away, with where each cell comes from.
func (s *Server) exportPermissions(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	on, err := s.Audit.EndOf(v.ctx(), v.actor(), "on", v.query("on"))
	if err != nil {
		return err
	}
	found, err := s.Audit.AsOf(v.ctx(), v.actor(), id, on)
	if err != nil {
		return err
	}
	v.frame(found.Standing, inPeople, "") // the place's time zone
	day := inZone(found.Standing, found.At).Format(audit.Day)
	file := v.say.T("page.audit.grid.file", "Name", strings.ReplaceAll(found.Person.Name(), "/", "-"), "Day", day)
	return v.takeAway(file, v.personTable(found),
		access.Entry{Act: "permissions.export_grid", TargetKind: "resource", Target: id, Label: found.Person.Name()}, map[string]string{"day": day})
}

// personTable is a person's grid as a table: a row an area.
func (v *visit) personTable(found *audit.AsOfPage) tabular.Table {
	words, from := v.words(found.Standing), v.say.T("page.audit.because")
	table := tabular.Table{Name: words.Permissions, Head: []string{words.ModuleLabel, words.AreaLabel, words.ViewAccess, from, words.EditAccess, from}}
	view := v.explainedGrid(found.Standing, "", found.Areas, found.Holding, found.Reasons(), nil)
	for _, group := range view.Groups {
		for _, row := range group.Rows {
			table.Rows = append(table.Rows, []string{group.Name, row.Name, row.View.Word, cellOrigin(row.View), row.Edit.Word, cellOrigin(row.Edit)})
		}
	}
	return table
}

// cellOrigin is where a cell comes from, on one line.
func cellOrigin(c ui.GridCell) string {
	if c.Detail == "" {
		return c.Source
	}
	return joined(c.Source, c.Detail)
}

// filled shows a page with a form that asks and changes nothing: as it is, or
// with what is wrong in it.
func (v *visit) filled(typed *form.Form, page templ.Component) error {
	if typed.OK() {
		return v.ok(page)
	}
	return v.again(typed, page)
}

// dayOf is the end of the day that was typed in a field; what is no day that one
// may ask about is noted in the form.
func (v *visit) dayOf(typed *form.Form, field string) (time.Time, error) {
	on, err := v.Audit.EndOf(v.ctx(), v.actor(), field, typed.Get(field))
	if fault.Is(err, fault.KindInvalid) {
		typed.Fail(err)
		return on, nil
	}
	return on, err
}

// dayForm asks for another day.
func (v *visit) dayForm(id uuid.UUID, typed *form.Form) page.DayForm {
	return page.DayForm{Action: v.personPath(id, "/permissions"), Form: typed,
		Acts: []ui.Act{{Label: v.say.T("page.audit.now"), URL: v.personPath(id, "/permissions"), Tone: ui.Calm}}}
}

func (v *visit) fillAsOf(view *page.AsOfView, found *audit.AsOfPage, day string) {
	view.Sentence = v.say.T("page.audit.as_of", "Name", found.Person.Name(), "Date", found.At)
	if !found.Present() {
		view.Absent = v.absent(found.File)
	}
	for _, g := range found.Grants {
		view.Roles = append(view.Roles, page.SourceView{What: v.say.T("page.audit.by_role", "Role", v.text(g.Role.Name)), Since: g.Since})
	}
	if n := len(found.Hands); n > 0 {
		view.Hands = v.say.T("page.audit.hands", "Count", n)
	}
	view.Grid = v.explainedGrid(found.Standing, view.Sentence, found.Areas, found.Holding, found.Reasons(), func(area grid.Area, d grid.Direction) string {
		return v.personPath(found.Person.ID, "/permissions/why?"+url.Values{"area": {string(area)}, "direction": {d.String()}, "on": {day}}.Encode())
	})
	view.Acts = append(v.gridExports(found.Person.ID, day),
		ui.Act{Label: v.say.T("page.audit.since_then"), URL: v.personPath(found.Person.ID, "/permissions/changes?from="+url.QueryEscape(day)), Icon: ui.IconClock})
}

// changes is what changed between two days in what a person may do, and who
// changed it.
func (s *Server) changes(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	typed := form.With("from", v.query("from"), "to", v.query("to"))
	if typed.Get("from") == "" { // a year, unless something else is asked
		typed.Values.Set("from", v.now.AddDate(-1, 0, 0).Format(audit.Day))
	}
	from, err := v.dayOf(typed, "from")
	if err != nil {
		return err
	}
	to, err := v.dayOf(typed, "to")
	if err != nil {
		return err
	}
	if !typed.OK() {
		return v.noChanges(id, typed)
	}
	found, err := s.Audit.Changes(v.ctx(), v.actor(), id, from, to)
	if fault.Is(err, fault.KindInvalid) {
		typed.Fail(err)
		return v.noChanges(id, typed)
	}
	if err != nil {
		return err
	}
	if v.query("as") != "" {
		v.frame(found.Standing, inPeople, "") // the place's time zone
		table, p := v.changesTable(found), found.Person()
		return v.takeAway("changes", table, access.Entry{Act: "permissions.export_changes", TargetKind: "resource", Target: p.ID, Label: p.Name()},
			map[string]string{"from": typed.Get("from"), "to": typed.Get("to")})
	}
	frame := v.sheetFrame(found.Standing, v.say.T("page.audit.changes"), found.Person().Name())
	return v.ok(page.Changes(frame, v.changesView(found, typed)))
}

// noChanges asks for two days.
func (v *visit) noChanges(id uuid.UUID, typed *form.Form) error {
	found, err := v.Audit.AsOf(v.ctx(), v.actor(), id, time.Time{})
	if err != nil {
		return err
	}
	frame := v.sheetFrame(found.Standing, v.say.T("page.audit.changes"), found.Person.Name())
	return v.filled(typed, page.Changes(frame, page.ChangesView{
		Head: v.headOf(found.Standing, found.Person, onPermissions), Ask: v.changesForm(id, typed)}))
}

func (v *visit) changesForm(id uuid.UUID, typed *form.Form) page.DayForm {
	return page.DayForm{Action: v.personPath(id, "/permissions/changes"), Form: typed, From: true,
		Acts: []ui.Act{{Label: v.say.T("page.audit.now"), URL: v.personPath(id, "/permissions"), Tone: ui.Calm}}}
}

func (v *visit) changesView(found *audit.ChangesPage, typed *form.Form) page.ChangesView {
	id := found.Person().ID
	view := page.ChangesView{
		Head: v.headOf(found.Standing, found.Person(), onPermissions), Ask: v.changesForm(id, typed),
		Sentence: v.say.T("page.audit.between", "From", found.Before.At, "To", found.After.At),
		Effect:   &page.Effect{Widened: len(found.Changes.Widened()), Narrowed: len(found.Changes.Narrowed())},
		Grid:     v.gridView(found.Standing, v.say.T("page.audit.compared"), found.After.Areas, found.After.Effective(), found.Before.Effective()),
	}
	for _, e := range found.Events {
		view.Events = append(view.Events, v.eventView(found.Standing, e))
	}
	if found.Cut {
		view.Cut = v.say.T("page.audit.cut", "Count", audit.MostEvents)
	}
	query := url.Values{"from": {typed.Get("from")}, "to": {typed.Get("to")}}
	for _, as := range []string{asCSV, asXLSX} {
		query.Set("as", as)
		view.Acts = append(view.Acts, ui.Act{Label: v.say.T("page.audit.export." + as), URL: v.personPath(id, "/permissions/changes?"+query.Encode()), How: ui.Leaving})
	}
	return view
}

var eventIcons = map[audit.What]ui.Icon{
	audit.Came: ui.IconUser, audit.Returned: ui.IconRestore, audit.Archived: ui.IconArchive,
	audit.Given: ui.IconPlus, audit.Ended: ui.IconClose, audit.Expired: ui.IconClock,
	audit.SetByHand: ui.IconPencil, audit.Cleared: ui.IconRestore, audit.RoleChanged: ui.IconKey,
	audit.Assigned: ui.IconPlus, audit.Unassigned: ui.IconClose,
}

// eventView tells one thing that happened.
func (v *visit) eventView(s *access.Standing, e audit.Event) page.EventView {
	words := v.words(s)
	args := []any{"Role", "", "Area", "", "Count", e.Count, "Records", words.Records}
	if e.Count == 1 {
		args[7] = words.Record
	}
	if e.Role != nil {
		args[1] = v.text(e.Role.Name)
	}
	if e.Area != nil {
		args[3] = v.text(e.Area.Name)
	}
	view := page.EventView{At: e.At, Icon: eventIcons[e.What], What: v.say.T("page.audit.event."+string(e.What), args...)}
	if e.By.Kind != "" {
		view.By = v.say.T("page.audit.event.by", "By", cmp.Or(v.by(e.By), v.say.T("page.journal.erased")))
	}
	if e.Area != nil {
		view.Changes = v.changedCell(s, e)
	}
	return view
}

// changedCell says what held before and after, in each direction that differs: of
// a role's cell what the role said, of a person's own what they could do, and
// whether that was left to the roles.
func (v *visit) changedCell(s *access.Standing, e audit.Event) []page.JournalChange {
	words := v.words(s)
	view, edit := page.JournalChange{Field: words.ViewAccess}, page.JournalChange{Field: words.EditAccess}
	if e.What == audit.RoleChanged {
		view.Was, view.Is = v.said(s, e, e.Was.View), v.said(s, e, e.Is.View)
		edit.Was, edit.Is = v.said(s, e, e.Was.Edit), v.said(s, e, e.Is.Edit)
	} else {
		view.Was, view.Is = v.held(s, e.Held[grid.View].Before), v.held(s, e.Held[grid.View].After)
		edit.Was, edit.Is = v.held(s, e.Held[grid.Edit].Before), v.held(s, e.Held[grid.Edit].After)
	}
	var changes []page.JournalChange
	for _, one := range []page.JournalChange{view, edit} {
		if one.Was != one.Is {
			one.Field = v.say.T("page.audit.head", "Head", one.Field)
			changes = append(changes, one)
		}
	}
	return changes
}

// said is what a role said in a cell: nothing is opened by one that it never named.
func (v *visit) said(s *access.Standing, e audit.Event, scope *grid.Scope) string {
	if scope == nil {
		return v.scopeName(s, e.Area.Key, grid.None)
	}
	return v.scopeName(s, e.Area.Key, *scope)
}

// held is what held in a person's cell, and whose word it was where no hand said it.
func (v *visit) held(s *access.Standing, why grid.Reason) string {
	word := v.scopeName(s, why.Area, why.Scope)
	switch why.Cause {
	case grid.FromHand:
		return word
	case grid.Corrected:
		return v.say.T("page.audit.held.follows", "Word", word)
	}
	return v.say.T("page.audit.held.by_roles", "Word", word)
}

// inZone is a moment in the place's time zone.
func inZone(s *access.Standing, t time.Time) time.Time {
	if zone := zoneOf(s.Tenant.TimeZone); zone != nil {
		return t.In(zone)
	}
	return t
}

func (v *visit) changesTable(found *audit.ChangesPage) tabular.Table {
	table := tabular.Table{Name: v.say.T("page.audit.changes"), Head: []string{
		v.say.T("page.audit.when"), v.say.T("page.audit.what"), v.say.T("page.audit.was"), v.say.T("page.audit.is"), v.say.T("page.audit.by")}}
	for _, e := range found.Events {
		row := v.eventView(found.Standing, e)
		at := inZone(found.Standing, e.At).Format("2006-01-02 15:04")
		if len(row.Changes) == 0 {
			table.Rows = append(table.Rows, []string{at, row.What, "", "", row.By})
		}
		for _, c := range row.Changes {
			table.Rows = append(table.Rows, []string{at, row.What, c.Field + " " + c.Was, c.Field + " " + c.Is, row.By})
		}
	}
	return table
}
