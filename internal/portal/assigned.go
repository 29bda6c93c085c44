package portal

import (
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/records"
	"habilis/web/page"
	"habilis/web/ui"
)

// personRecords is the tab of a sheet with the records assigned to the person.
func (s *Server) personRecords(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	held, err := s.Records.Assigned(v.ctx(), v.actor(), id, v.recordsFilter())
	if err != nil {
		return err
	}
	f := v.sheetFrame(held.Standing, v.words(held.Standing).AssignedRecords, held.Person.Name())
	view := v.assignedView(held)
	if v.live() {
		return v.ok(page.AssignedFound(f, view))
	}
	return v.ok(page.PersonRecords(f, view))
}

func (v *visit) assignedView(held *records.AssignedPage) page.AssignedView {
	words := v.words(held.Standing)
	path := "/people/" + held.Person.ID.String() + "/records"
	f := held.Filter
	f.State, f.Cursor = "", ""
	view := page.AssignedView{
		Head: v.headOf(held.Standing, &held.Person.Person, onRecords), Title: words.AssignedRecords,
		Filters: ui.Filters{Action: v.in("%s", path), Target: "records-list", Label: v.say.T("page.records.find"), Typed: f.Words},
	}
	view.Count, view.CountLine = v.countRecords(held.Found, false, words)
	view.Previous, view.Next = v.recordsTurn(path, f, held.Turn)
	if may(held.Standing, access.Records) {
		view.Withdraw = v.in("%s/withdraw", path)
		view.Acts = []ui.Act{{Label: words.AssignRecords, URL: v.in("%s/new", path), How: ui.InWindow, Icon: ui.IconPlus, Tone: ui.Primary}}
		if held.Closed != nil {
			view.Acts, view.Closed = nil, v.why(held.Closed)
		}
	}
	for i := range held.Rows {
		view.Rows = append(view.Rows, v.assignedRow(&held.Rows[i]))
	}
	view.Empty = page.Empty{Title: v.say.T("page.records.none_assigned"), Text: v.say.T("page.records.none_assigned.next"), Acts: view.Acts}
	if f.Words != "" {
		view.Empty = page.Empty{Title: v.say.T("page.records.none_found"), Acts: []ui.Act{{Label: v.say.T("page.people.clear"), URL: v.in("%s", path)}}}
	}
	return view
}

func (v *visit) assignedRow(r *records.Assigned) page.AssignedRow {
	row := page.AssignedRow{
		ID: r.ID.String(), Label: r.Label, Reference: r.Reference, URL: v.recordPath(r.ID, ""), Since: r.Since, By: v.by(r.By),
		Pick:     v.say.T("page.people.act", "Act", v.say.T("page.records.pick"), "Name", r.Label),
		Withdraw: v.say.T("page.people.act", "Act", v.say.T("page.records.withdraw_one"), "Name", r.Label),
	}
	if r.State == records.Archived {
		_, row.Archived = v.recordState(r.State)
	}
	return row
}

// ids are identifiers in a form; what can't be read is one of nothing.
func ids(texts []string) []uuid.UUID {
	all := make([]uuid.UUID, len(texts))
	for i, text := range texts {
		all[i], _ = uuid.Parse(text)
	}
	return all
}

// assignForm is the window in which records are assigned to a person, and the
// part of it that follows what is typed.
func (s *Server) assignForm(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := form.Query(v.r)
	if err != nil {
		return err
	}
	f.Values.Set("q", v.query("q"))
	return s.showAssign(v, id, f)
}

func (s *Server) showAssign(v *visit, id uuid.UUID, f *form.Form) error {
	choice, err := s.Records.Choose(v.ctx(), v.actor(), id, f.Typed("q"), ids(f.All("record")))
	if err != nil {
		return err
	}
	words, found := v.words(choice.Standing), v.choices(choice)
	if v.live() && f.OK() && v.r.Method == "GET" {
		return v.ok(page.AssignChoices(found))
	}
	p := choice.Person
	view := page.AssignView{
		Window: ui.WindowFrame{Title: words.AssignRecords, Subtitle: p.Name(), Initials: ui.Initials(p.Given, p.Family), Close: v.personPath(id, "/records")},
		Action: v.personPath(id, "/records"), Typed: f, Closed: v.why(choice.Closed), Found: found, Save: words.AssignRecords,
	}
	return v.answerForm(f, page.Assign(v.frame(choice.Standing, inPeople, words.AssignRecords), view, v.inWindow()))
}

func (v *visit) choices(choice *records.ChoicePage) page.ChoicesView {
	view := page.ChoicesView{Legend: v.say.T("page.people.ticked"), Count: v.say.Number(len(choice.Chosen))}
	for _, r := range choice.Chosen {
		view.Chosen = append(view.Chosen, page.RecordChoice{ID: r.ID.String(), Label: r.Label, Reference: r.Reference})
	}
	for _, r := range choice.Found {
		view.Found = append(view.Found, page.RecordChoice{ID: r.ID.String(), Label: r.Label, Reference: r.Reference})
	}
	switch {
	case choice.More:
		view.Note = v.say.T("page.assign.more")
	case len(choice.Found) == 0 && choice.Words != "":
		view.Note = v.say.T("page.assign.none_found")
	case len(choice.Found) == 0 && len(choice.Chosen) == 0:
		view.Note = v.say.T("page.assign.none")
	}
	return view
}

// assign assigns the ticked records to a person.
func (s *Server) assign(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	n, err := s.Records.Assign(v.ctx(), v.actor(), id, ids(f.All("record")))
	if fault.Is(err, fault.KindInvalid) || fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindForbidden) {
		if len(f.All("record")) > records.MostAtOnce {
			f.Values.Del("record")
		}
		f.Fail(err)
		return s.showAssign(v, id, f)
	}
	if err != nil {
		return err
	}
	return v.doneWithRecords(id, "page.records.assigned", n)
}

// doneWithRecords says what was done with so many records of a person, by name.
func (v *visit) doneWithRecords(person uuid.UUID, said string, n int) error {
	held, err := v.Records.Assigned(v.ctx(), v.actor(), person, records.Filter{})
	if err != nil {
		return err
	}
	return v.done(v.personPath(person, "/records"), v.say.T(said, "Count", n, "Name", held.Person.Name()))
}

// unassign withdraws the ticked records from a person, once that is confirmed.
func (s *Server) unassign(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	if n := len(f.All("record")); !f.Bool("confirm") && n > 0 && n <= records.MostAtOnce {
		return s.confirmUnassign(v, id, f.All("record"))
	}
	n, err := s.Records.Unassign(v.ctx(), v.actor(), id, ids(f.All("record")))
	if err != nil {
		return err
	}
	return v.doneWithRecords(id, "page.records.withdrawn", n)
}

// confirmUnassign asks whether records are to be withdrawn.
func (s *Server) confirmUnassign(v *visit, id uuid.UUID, chosen []string) error {
	held, err := s.Records.Assigned(v.ctx(), v.actor(), id, records.Filter{})
	if err != nil {
		return err
	}
	title, name, path := v.say.T("page.records.withdraw"), held.Person.Name(), v.personPath(id, "/records")
	view := page.WithdrawView{
		Window: v.personWindow(&held.Person.Person, title, name, path), Action: path + "/withdraw", Records: chosen,
		Goes:    v.say.T("page.withdraw.goes", "Count", len(chosen), "Name", name),
		Stays:   v.say.T("page.withdraw.stays"),
		Confirm: v.say.T("page.withdraw.confirm", "Count", len(chosen)),
	}
	view.Window.Wide = false
	return v.ok(page.Withdraw(v.frame(held.Standing, inPeople, title), view, v.inWindow()))
}

// recordsTab is the tab of a sheet with the records assigned to the person, and
// how many those are.
func (v *visit) recordsTab(s *access.Standing, person uuid.UUID, assigned int, at tab) ui.Link {
	link := ui.Link{Label: v.words(s).AssignedRecords, URL: v.personPath(person, "/records"), Current: at == onRecords}
	if assigned > 0 {
		link.Label += " (" + v.say.Number(assigned) + ")"
	}
	return link
}
