package portal

import (
	"context"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/grid"
	"habilis/internal/records"
	"habilis/web/page"
	"habilis/web/ui"
)

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
	sheet, err := v.Records.Sheet(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	return v.done(v.recordPath(id, ""), v.say.T(said, "Name", sheet.Record.Label))
}

// recordMove archives a record or brings it back.
type recordMove func(ctx context.Context, a access.Actor, id uuid.UUID, version int) error
