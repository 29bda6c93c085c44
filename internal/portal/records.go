package portal

import (
	"net/url"

	"github.com/google/uuid"

	"habilis/internal/access"
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
