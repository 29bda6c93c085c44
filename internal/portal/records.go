package portal

import (
	"context"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/records"
	"habilis/internal/tabular"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// recordsList is the list of the place's records.
func (s *Server) recordsList(v *visit) error {
	list, err := s.Records.List(v.ctx(), v.actor(), v.recordsFilter())
	if err != nil {
		return err
	}
	words := v.words(list.Standing)
	f := v.frame(list.Standing, inRecords, words.RecordsTitle)
	if v.live() {
		return v.ok(page.RecordsFound(f, v.recordsView(list, words)))
	}
	return v.ok(page.Records(f, v.recordsView(list, words)))
}

// recordsFilter reads the list's address.
func (v *visit) recordsFilter() records.Filter {
	return records.Filter{Words: v.query("q"), State: records.State(v.query("state")), Cursor: v.r.URL.Query().Get("from")}
}

// recordsURL is an address that [visit.recordsFilter] reads back.
func (v *visit) recordsURL(path string, f records.Filter, more ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	for name, value := range map[string]string{"q": f.Words, "state": string(f.State), "from": f.Cursor} {
		if value != "" && value != string(records.Open) {
			q.Set(name, value)
		}
	}
	if len(q) == 0 {
		return v.in("%s", path)
	}
	return v.in("%s", path) + "?" + q.Encode()
}

func (v *visit) recordsView(list *records.Page, words kinds.Words) page.RecordsView {
	f := list.Filter
	f.Cursor = ""
	view := page.RecordsView{
		Acts:    v.recordsActs(list.Standing, words),
		Filters: ui.Filters{Action: v.in("/records"), Target: "records-list", Label: v.say.T("page.records.find"), Typed: f.Words},
		State:   v.recordStates(f),
		Exports: []ui.Link{
			{Label: v.say.T("page.records.export.csv"), URL: v.recordsURL("/records/export", f, "as", asCSV)},
			{Label: v.say.T("page.records.export.xlsx"), URL: v.recordsURL("/records/export", f, "as", asXLSX)},
		},
	}
	if f.State != records.Open {
		view.Filters.Kept = []ui.Hidden{{Name: "state", Value: string(f.State)}}
	}
	view.Count, view.CountLine = v.countRecords(list.Total, list.More, words)
	view.Previous, view.Next = v.recordsTurn("/records", f, list.Turn)
	for i := range list.Rows {
		view.Rows = append(view.Rows, v.recordRow(&list.Rows[i], list.Standing, words))
	}
	view.Empty = page.Empty{Title: words.NoRecords, Acts: view.Acts}
	if list.Filter.Narrowed() {
		clear := ui.Act{Label: v.say.T("page.people.clear"), URL: v.in("/records")}
		view.Empty = page.Empty{Title: v.say.T("page.records.none_found"), Text: v.say.T("page.records.none_found.next"), Acts: []ui.Act{clear}}
	}
	return view
}

// recordsTurn are the addresses of the pages before and after, or empty.
func (v *visit) recordsTurn(path string, f records.Filter, t records.Turn) (previous, next string) {
	if t.Previous != "" {
		f.Cursor = t.Previous
		previous = v.recordsURL(path, f)
	}
	if t.Next != "" {
		f.Cursor = t.Next
		next = v.recordsURL(path, f)
	}
	return previous, next
}

// countRecords says how many records there are: the number, and with the kind's word.
func (v *visit) countRecords(total int, more bool, words kinds.Words) (number, line string) {
	number = v.say.Number(total)
	if more {
		number = v.say.T("page.people.over", "Count", total)
	}
	noun := words.Records
	if total == 1 || total == 0 && v.say.Locale().French() {
		noun = words.Record
	}
	return number, number + " " + noun
}

func (v *visit) recordsActs(s *access.Standing, words kinds.Words) []ui.Act {
	if !may(s, access.Records) {
		return nil
	}
	return []ui.Act{
		{Label: v.say.T("page.records.import"), URL: v.in("/records/import"), Icon: ui.IconArrow},
		{Label: words.AddRecord, URL: v.in("/records/new"), How: ui.InWindow, Icon: ui.IconPlus, Tone: ui.Primary},
	}
}

func (v *visit) recordStates(f records.Filter) ui.Filter {
	menu := ui.Filter{Label: v.say.T("page.people.state")}
	now := f.State
	for _, state := range records.States() {
		f.State = state
		name := v.say.T("page.records.states." + string(state))
		menu.Options = append(menu.Options, ui.Link{Label: name, URL: v.recordsURL("/records", f), Current: state == now})
		if state == now && now != records.Open {
			menu.Chosen = name
		}
	}
	f.State = records.Open
	menu.Clear = v.recordsURL("/records", f)
	return menu
}

// recordState is a record's state as it is drawn.
func (v *visit) recordState(state records.State) (ui.Shape, string) {
	shape := ui.Good
	if state == records.Archived {
		shape = ui.Quiet
	}
	return shape, v.say.T("page.records.state." + string(state))
}

func (v *visit) recordRow(r *records.Row, s *access.Standing, words kinds.Words) page.RecordRow {
	row := page.RecordRow{Label: r.Label, Reference: r.Reference, URL: v.recordPath(r.ID, ""), Open: v.say.T("page.records.open", "Name", r.Label)}
	row.Shape, row.State = v.recordState(r.State)
	if r.People > 0 {
		row.People = words.Count.Say(r.People, v.say.Number(r.People), string(v.say.Locale()))
	}
	if may(s, access.Records) {
		label := v.say.T("page.people.act", "Act", v.say.T("page.records.edit"), "Name", r.Label)
		row.Edit = &ui.Act{Label: label, URL: row.URL + "/edit", How: ui.InWindow, Icon: ui.IconPencil}
	}
	return row
}

func (v *visit) recordPath(id uuid.UUID, rest string) string { return v.in("/records/%s%s", id, rest) }

// exportRecords answers with the records of the list, to take away.
func (s *Server) exportRecords(v *visit) error {
	filter := v.recordsFilter()
	out, err := s.Records.Export(v.ctx(), v.actor(), filter)
	if err != nil {
		return err
	}
	table := v.recordsTable(v.words(out.Standing))
	for _, r := range out.Records {
		table.Rows = append(table.Rows, []string{r.Reference, r.Label})
	}
	return v.takeAway(table.Name, table, access.Entry{Act: "records.export", TargetKind: "file", Label: table.Name},
		map[string]string{"words": filter.Words, "state": string(filter.State)})
}

// recordsTable is a table of records without any, as imports know it.
func (v *visit) recordsTable(words kinds.Words) tabular.Table {
	return tabular.Table{Name: words.RecordsTitle, Head: []string{v.say.T("page.records.reference"), v.say.T("page.records.label")}}
}

// record is the page of one record.
func (s *Server) record(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	sheet, err := s.Records.Sheet(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	f := v.frame(sheet.Standing, inRecords, sheet.Record.Label)
	return v.ok(page.Record(f, v.recordView(sheet)))
}

func (v *visit) recordView(sheet *records.SheetPage) page.RecordView {
	r, words := sheet.Record, v.words(sheet.Standing)
	view := page.RecordView{Label: r.Label, Reference: r.Reference, Facts: v.recordFacts(r), PeopleTitle: v.say.T("page.record.people")}
	view.Shape, view.State = v.recordState(r.State)
	if path := v.whoCanSee(sheet); path != "" {
		view.Acts = append(view.Acts, ui.Act{Label: v.say.T("page.record.who"), URL: path, Icon: ui.IconEye})
	}
	if may(sheet.Standing, access.Records) {
		view.Acts = append(view.Acts, ui.Act{Label: v.say.T("page.records.edit"), URL: v.recordPath(r.ID, "/edit"), How: ui.InWindow, Icon: ui.IconPencil})
		view.Post = &page.Post{Label: v.say.T("page.record.archive"), URL: v.recordPath(r.ID, "/archive"), Version: strconv.Itoa(r.Version)}
		if r.State == records.Archived {
			view.Post = &page.Post{Label: v.say.T("page.record.restore"), URL: v.recordPath(r.ID, "/restore"), Version: strconv.Itoa(r.Version)}
		}
	}
	for _, p := range sheet.People {
		row := page.AssigneeRow{Name: sortedName(p.Family, p.Given), Initials: ui.Initials(p.Given, p.Family), Since: p.Since, By: v.by(p.By)}
		row.URL = v.personPath(p.ID, "/records")
		if p.State == "archived" {
			row.Second = words.States.Archived
		}
		view.People = append(view.People, row)
	}
	if more := sheet.Total - len(sheet.People); more > 0 {
		view.More = v.say.T("page.record.more", "Count", more)
	}
	return view
}

// whoCanSee is the address of the answer to who can see a record, and why: in the
// first area of the kind that can be seen of assigned records alone. It is empty
// for who may not ask.
func (v *visit) whoCanSee(sheet *records.SheetPage) string {
	if !audit.NeedWhoOf.Met(sheet.Grid) {
		return ""
	}
	kind, _ := v.Tenants.Kinds().Kind(sheet.Tenant.Kind)
	for _, area := range kind.Areas {
		if area.View.Has(grid.Assigned) {
			return v.in("/who?") + url.Values{"area": {string(area.Key)}, "direction": {"view"}, "record": {sheet.Record.ID.String()}}.Encode()
		}
	}
	return ""
}

func (v *visit) recordFacts(r *records.Sheet) []ui.Fact {
	added := v.say.T("page.person.added", "Date", r.CreatedAt)
	if r.CreatedBy != "" {
		added = v.say.T("page.person.added_by", "Date", r.CreatedAt, "By", r.CreatedBy)
	}
	facts := []ui.Fact{
		{Term: v.say.T("page.records.reference"), Text: r.Reference},
		{Term: v.say.T("page.records.label"), Text: r.Label},
		{Term: v.say.T("page.person.since"), Text: added},
	}
	if r.ArchivedAt != nil {
		facts = append(facts, ui.Fact{Term: v.say.T("page.record.archived"), Text: v.say.T("page.person.added_by", "Date", *r.ArchivedAt, "By", r.ArchivedBy)})
	}
	return facts
}

// newRecord is the window in which a record is added.
func (s *Server) newRecord(v *visit) error {
	return s.showNewRecord(v, form.With("submission", access.NewID().String()))
}

func (s *Server) showNewRecord(v *visit, f *form.Form) error {
	standing, err := s.Records.Blank(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	words := v.words(standing)
	view := page.RecordFormView{
		Window: ui.WindowFrame{Title: words.AddRecord, Close: v.in("/records")},
		Action: v.in("/records"), Typed: f, Save: words.Save,
	}
	return v.answerForm(f, page.RecordForm(v.frame(standing, inRecords, words.AddRecord), view, v.inWindow()))
}

// answerForm shows a form, anew or as it was refused.
func (v *visit) answerForm(f *form.Form, window templ.Component) error {
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

// addRecord adds a record.
func (s *Server) addRecord(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	reference, label, submission := f.Get("reference"), f.Get("label"), v.submission(f)
	var id uuid.UUID
	if f.OK() {
		id, err = s.Records.Add(v.ctx(), v.actor(), reference, label, submission)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showNewRecord(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.recordPath(id, ""), v.say.T("page.records.added", "Name", label))
}

// editRecord is the window in which a record is corrected.
func (s *Server) editRecord(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	return s.showEditRecord(v, id, nil)
}

// showEditRecord fills the window with what is saved, or with what was refused.
func (s *Server) showEditRecord(v *visit, id uuid.UUID, f *form.Form) error {
	edit, err := s.Records.EditForm(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	saved := form.With("reference", edit.Record.Reference, "label", edit.Record.Label, "version", strconv.Itoa(edit.Record.Version))
	title := v.say.T("page.records.edit")
	view := page.RecordFormView{
		Window: ui.WindowFrame{Title: title, Subtitle: edit.Record.Label, Close: v.recordPath(id, "")},
		Action: v.recordPath(id, "/edit"), Typed: saved, Save: v.words(edit.Standing).Save,
	}
	if f != nil {
		view.Typed = f
		if isStale(f) {
			f.Values.Set("version", saved.Typed("version"))
			view.Stale = &page.Stale{Differences: v.recordDifferences(f, saved)}
		}
	}
	return v.answerForm(view.Typed, page.RecordForm(v.frame(edit.Standing, inRecords, title), view, v.inWindow()))
}

func isStale(f *form.Form) bool {
	for _, one := range f.Faults {
		if one.Key == "records.stale" {
			return true
		}
	}
	return false
}

func (v *visit) recordDifferences(typed, saved *form.Form) []page.Difference {
	var all []page.Difference
	for _, name := range []string{"reference", "label"} {
		if typed.Typed(name) != saved.Typed(name) {
			all = append(all, page.Difference{Label: v.say.T("page.records." + name), Typed: typed.Typed(name), Saved: saved.Typed(name)})
		}
	}
	return all
}

// saveRecord corrects a record. When someone else did so meanwhile, both versions
// are shown, and saving again keeps the one that was typed.
func (s *Server) saveRecord(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	reference, label := f.Get("reference"), f.Get("label")
	if f.OK() {
		err = s.Records.Edit(v.ctx(), v.actor(), id, reference, label, version(f))
	}
	if f.Fail(err) || err == nil && !f.OK() {
		if fault.Is(err, fault.KindNotFound) || fault.Is(err, fault.KindForbidden) {
			return err
		}
		return s.showEditRecord(v, id, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.underneath(v.recordPath(id, "")), v.say.T("page.records.saved", "Name", label))
}

// archiveRecord takes a record out of the list.
func (s *Server) archiveRecord(v *visit) error {
	return v.moveRecord(s.Records.Archive, "page.record.archived.done")
}

// restoreRecord brings an archived record back.
func (s *Server) restoreRecord(v *visit) error {
	return v.moveRecord(s.Records.Restore, "page.record.restored.done")
}

func (v *visit) moveRecord(move recordMove, said string) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	if err := move(v.ctx(), v.actor(), id, version(f)); err != nil {
		return err
	}
	return v.done(v.recordPath(id, ""), v.say.T(said))
}

// recordMove archives a record or brings it back.
type recordMove func(ctx context.Context, a access.Actor, id uuid.UUID, version int) error
