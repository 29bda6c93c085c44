package portal

import (
	"habilis/internal/access"
	"habilis/internal/people"
	"habilis/internal/roles"
	"habilis/internal/stay"
	"habilis/web/page"
	"habilis/web/ui"
)

// dashboard is what a person finds when they come in.
func (s *Server) dashboard(v *visit) error {
	var open []stay.Past
	found, err := s.People.Dashboard(v.ctx(), v.actor(), stay.Open(&open))
	if err != nil {
		return err
	}
	words := v.words(found.Standing)
	frame := v.frame(found.Standing, inDashboard, v.say.T("portal.dashboard"))
	view := page.DashboardView{
		As:     v.say.T("page.dashboard.as", "Role", frame.Place.Hat, "Place", found.Tenant.Name, "Number", frame.Place.NumberLine),
		Mine:   v.say.T("page.dashboard.mine"),
		NoRole: len(found.Roles) == 0 && !v.guest,
	}
	whole := v.gridView(found.Standing, v.say.T("page.dashboard.mine"), found.Areas, found.Grid, nil)
	if v.guest {
		view.Hello, view.Mine = found.Tenant.Name, v.say.T("stay.mine")
	} else {
		view.Hello = v.say.T("page.dashboard.hello", "Name", found.Resource.Given)
		view.Stays, view.StaysURL = v.staysHere(found.Standing, open), v.in("/visits")
		v.linkCells(&whole, found.Areas, v.ownWhyURL)
	}
	view.Grid, view.Closed = opened(whole)
	view.ClosedWords = v.closedWords(view.Closed)
	if len(found.Roles) > 0 {
		view.Impersonal = v.impersonal(found.Grid)
	}
	view.Until = v.endOf(found.Standing)
	if found.Counts != nil {
		view.Acts = v.peopleActs(found.Standing, words)
		view.People, view.Figures = v.say.T("page.dashboard.accounts"), v.figures(found)
		view.Waiting = v.waiting(found.Waiting)
	}
	view.Ending = v.endingSoon(found)
	for _, u := range found.Unsent {
		view.Unsent = append(view.Unsent, page.UnsentRow{Name: u.Name(), URL: v.personPath(u.ID, "/access"), Answer: u.Answer})
	}
	return v.ok(page.Dashboard(frame, view))
}

// endOf says until when the person may be here at all; empty where a role that they
// act in ends by no day.
func (v *visit) endOf(s *access.Standing) string {
	last, ends := s.Until()
	if !ends {
		return ""
	}
	return v.say.T("page.dashboard.until", "Day", last)
}

// waiting are the requests to support, each leading to the roles of its person.
func (v *visit) waiting(asked []people.Waiting) []page.WaitingRow {
	rows := make([]page.WaitingRow, len(asked))
	for i, w := range asked {
		rows[i] = page.WaitingRow{Name: w.Name(), Role: v.either(w.NameFr, w.NameEn), At: w.At, URL: v.personPath(w.ID, "/roles")}
	}
	return rows
}

// endingSoon are the roles that end by themselves soon, each with what gives it for
// longer.
func (v *visit) endingSoon(found *people.Dashboard) []page.EndingRow {
	rows := make([]page.EndingRow, len(found.Ending))
	for i, e := range found.Ending {
		rows[i] = page.EndingRow{Name: e.Name(), URL: v.personPath(e.ID, "/roles"), Role: v.either(e.NameFr, e.NameEn), Until: e.Until}
		if roles.NeedProlong.Met(found.Grid) {
			rows[i].Prolong = ui.Act{Label: v.say.T("page.roles.which", "Act", v.say.T("page.prolong"), "Role", e.Name()), URL: v.rolePath(e.ID, e.Grant) + "/prolong", How: ui.InWindow}
		}
	}
	return rows
}

func (v *visit) figures(found *people.Dashboard) []page.Figure {
	figure := func(shape ui.Shape, n int, of, path string) page.Figure {
		return page.Figure{Shape: shape, Count: v.say.Number(n), Label: v.say.T("page.dashboard." + of), URL: path}
	}
	in := func(s people.State) string { return v.peopleURL(people.Filter{State: s}) }
	c := found.Counts
	figures := []page.Figure{
		figure(ui.Good, c.Active, "active", in(people.Active)),
		figure(ui.Waiting, c.Pending, "pending", in(people.Pending)),
		figure(ui.Stopped, c.Blocked, "blocked", in(people.Blocked)),
		figure(ui.Quiet, c.Archived, "archived", in(people.Archived)),
		figure(ui.Waiting, c.Invitations, "invitations", v.in("/invitations")),
	}
	if len(found.Waiting) > 0 {
		figures = append(figures, figure(ui.Waiting, len(found.Waiting), "requests", "#requests"))
	}
	return figures
}
