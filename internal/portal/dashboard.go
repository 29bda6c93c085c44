package portal

import (
	"habilis/internal/people"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// dashboard is what a person finds when they come in.
func (s *Server) dashboard(v *visit) error {
	found, err := s.People.Dashboard(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	words := v.words(found.Standing)
	frame := v.frame(found.Standing, inDashboard, v.say.T("portal.dashboard"))
	view := page.DashboardView{
		Hello:  v.say.T("page.dashboard.hello", "Name", found.Resource.Given),
		As:     v.say.T("page.dashboard.as", "Role", frame.Place.Hat, "Place", found.Tenant.Name, "Number", frame.Place.NumberLine),
		Mine:   v.say.T("page.dashboard.mine"),
		NoRole: len(found.Roles) == 0,
		Grid:   v.gridView(found.Standing, v.say.T("page.dashboard.mine"), found.Areas, found.Grid, nil),
	}
	if found.Counts != nil {
		view.Acts = v.peopleActs(found.Standing, words)
		view.People, view.Figures = words.PeopleTitle, v.figures(found, words)
	}
	for _, u := range found.Unsent {
		view.Unsent = append(view.Unsent, page.UnsentRow{Name: u.Name(), URL: v.personPath(u.ID, "/access"), Answer: u.Answer})
	}
	return v.ok(page.Dashboard(frame, view))
}

func (v *visit) figures(found *people.Dashboard, words kinds.Words) []page.Figure {
	state := func(shape ui.Shape, n int, word string, of people.State) page.Figure {
		return page.Figure{Shape: shape, Count: v.say.Number(n), Label: word, URL: v.peopleURL(people.Filter{State: of})}
	}
	c := found.Counts
	figures := []page.Figure{
		state(ui.Good, c.Active, words.States.Active, people.Active),
		state(ui.Waiting, c.Pending, words.States.Pending, people.Pending),
		state(ui.Stopped, c.Blocked, words.States.Blocked, people.Blocked),
		state(ui.Quiet, c.Archived, words.States.Archived, people.Archived),
		{Shape: ui.Waiting, Count: v.say.Number(c.Invitations), Label: v.say.T("page.dashboard.invitations"), URL: v.in("/invitations")},
	}
	if found.Waiting > 0 {
		figures = append(figures, page.Figure{Shape: ui.Waiting, Count: v.say.Number(found.Waiting), Label: v.say.T("page.dashboard.requests")})
	}
	return figures
}
