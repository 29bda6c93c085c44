package portal

import (
	"math"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/signin"
	"habilis/internal/stay"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// visited is where support sees the pages of places, each below its number. It is
// not where the people of the place see them: an operator who is of a place too acts
// in one of the two, and the address says in which.
const visited = "/visit/"

// toGuests is a route of places as support comes to it. Whatever its need doesn't
// open to guests is refused, and noted, by the door.
func (s *Server) toGuests(r Route) Route {
	pattern := visited + strings.TrimPrefix(r.Pattern, "/p/")
	return Route{Method: r.Method, Pattern: pattern, Room: Visited, Need: r.Need, serve: func(v *visit) error {
		if !v.session.whole() {
			return errSignIn
		}
		v.need, v.guest, v.number = r.Need, true, chi.URLParam(v.r, "number")
		found, err := v.Tenants.ByNumber(v.ctx(), v.number)
		if fault.Is(err, fault.KindNotFound) {
			return access.NoStay()
		}
		if err != nil {
			return err
		}
		v.stand(found)
		if r.Method != http.MethodGet || r.Need.Also&access.Guest == 0 {
			return v.whatEnded(v.Stay.Refuse(v.ctx(), v.actor(), r.Need))
		}
		if err := v.noteGuest(r.Pattern); err != nil {
			return v.whatEnded(err)
		}
		return v.whatEnded(r.inside(v))
	}}
}

// noteGuest notes, once a stay for each kind of page, that support read who is of the
// place.
func (v *visit) noteGuest(pattern string) error {
	var what stay.Reading
	switch {
	case pattern == "/p/{number}/people":
		what = stay.ReadPeople
	case strings.HasPrefix(pattern, "/p/{number}/people/{id}"):
		what = stay.ReadSheets
	default:
		return nil
	}
	key := keyReadAsGuest + v.tenant.String() + "." + string(what)
	if v.sessions.GetBool(v.ctx(), key) {
		return nil
	}
	if _, err := v.Tenants.Standing(v.ctx(), v.actor()); err != nil {
		return err
	}
	if err := v.Stay.NoteReading(v.ctx(), v.signed, v.tenant, what); err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), key, true)
	return nil
}

// whatEnded says to an operator whose visit is over what ended it.
func (v *visit) whatEnded(err error) error {
	faults, refused := fault.As(err)
	if !refused || faults[0].Key != "access.no_stay" {
		return err
	}
	last, failed := v.Stay.Last(v.ctx(), v.signed, v.tenant)
	switch {
	case failed != nil:
		return failed
	case last == nil:
		return err
	case last.EndedKind == "person":
		return fault.NotFound("stay.over.person", "By", last.EndedBy, "Clock", v.say.Clock(*last.EndedAt, v.now))
	case !last.Until.After(v.now):
		return fault.NotFound("stay.over.time", "Clock", v.say.Clock(last.Until, v.now))
	}
	return err
}

// asGuest is the frame of a page that support visits.
func (v *visit) asGuest(s *access.Stay, title string) layout.Frame {
	f := v.bare(title)
	f.AccountURL, f.SupportURL = "/account", "/support"
	f.Person = &layout.Person{Name: s.Name, Initials: ui.Initials(strings.Fields(s.Name)...)}
	f.Stay = &layout.Stay{Reason: s.Reason, Ticket: s.Ticket, Until: v.say.Clock(s.Until, v.now), LeaveURL: "/support/leave"}
	return f
}

// operating is an operator of support who has shown a strong second factor; to
// anybody else their pages are absent.
func (v *visit) operating() (signin.Person, error) {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	switch {
	case err != nil:
		return person, err
	case !person.Operator:
		return person, fault.NotFound("portal.absent")
	case v.signed.Factor < access.StrongFactor:
		return person, access.AskedFactor{Factor: access.StrongFactor}
	}
	return person, nil
}

// findPlace is where an operator looks for the place that they are called from.
func (s *Server) findPlace(v *visit) error {
	person, err := v.operating()
	if err != nil {
		return err
	}
	words := v.query("q")
	found, err := s.Stay.Find(v.ctx(), v.signed, words)
	if err != nil {
		return err
	}
	under, err := v.underWay()
	if err != nil {
		return err
	}
	view := page.FindPlaceView{Words: words, Under: under, Back: ui.Act{Label: v.say.T("page.support.back"), URL: "/support", Icon: ui.IconBack, Tone: ui.Calm}}
	for _, p := range found {
		row := page.FoundPlace{Name: p.Name, Number: kinds.Fill(v.Tenants.Words(p.Kind, v.say.Locale()).NumberLine, "n", p.Number), Kind: v.kindName(p.Kind)}
		if p.State == "open" {
			row.Visit = ui.Act{Label: v.say.T("stay.visit.of", "Place", p.Name), URL: stayPath(p.Number), How: ui.InWindow}
		}
		view.Found = append(view.Found, row)
	}
	return v.ok(page.FindPlace(v.desk(v.say.T("stay.find"), person), view))
}

func stayPath(number string) string { return "/support/places/" + number }

// underWay is the operator's visit, for support's own pages; nil for none.
func (v *visit) underWay() (*page.UnderWay, error) {
	u, err := v.Stay.Of(v.ctx(), v.signed)
	if u == nil || err != nil {
		return nil, err
	}
	under := &page.UnderWay{What: v.say.T("stay.under", "Place", u.Place, "Number", u.Number, "Count", int(math.Ceil(u.Until.Sub(v.now).Minutes()))), LeaveURL: "/support/leave"}
	if u.Session == v.signed.Session {
		under.URL = visited + u.Number + "/"
	} else {
		under.Elsewhere = v.say.T("stay.other_session")
	}
	return under, nil
}

// visitable is the place of the address, for an operator who would visit it.
func (v *visit) visitable() (tenants.Place, *access.Standing, error) {
	if _, err := v.operating(); err != nil {
		return tenants.Place{}, nil, err
	}
	found, err := v.Tenants.ByNumber(v.ctx(), chi.URLParam(v.r, "number"))
	if err != nil {
		return found, nil, err
	}
	standing, err := v.Stay.Standing(v.ctx(), v.signed, found.ID)
	return found, standing, err
}

// stayForm is the window in which an operator says why they visit a place.
func (s *Server) stayForm(v *visit) error { return s.showStayForm(v, form.With()) }

func (s *Server) showStayForm(v *visit, f *form.Form) error {
	_, standing, err := v.visitable()
	if err != nil {
		return err
	}
	number := standing.Tenant.Number
	view := page.HelpWindow{
		Window: ui.WindowFrame{Title: v.say.T("stay.begin"), Subtitle: standing.Tenant.Name + " · " + v.numbered(number), Close: "/support/places?q=" + number},
		Action: stayPath(number), Typed: f, Told: v.say.T("stay.told"), What: []string{v.say.T("stay.what"), v.say.T("stay.what.limits")},
		Send: ui.Act{Label: v.say.T("stay.begin"), Tone: ui.Primary},
	}
	frame, err := v.operator(view.Window.Title)
	if err != nil {
		return err
	}
	return v.answerForm(f, page.StayForm(frame, view, v.inWindow()))
}

// beginStay begins a visit, and goes there.
func (s *Server) beginStay(v *visit) error {
	found, standing, err := v.visitable()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.OK() {
		err = s.Stay.Begin(v.ctx(), v.signed, found.ID, stay.Wish{Reason: f.Text("reason"), Ticket: f.Get("ticket")})
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showStayForm(v, f)
	}
	if err != nil {
		return err
	}
	for _, what := range []string{"", "." + string(stay.ReadPeople), "." + string(stay.ReadSheets)} {
		v.sessions.Remove(v.ctx(), keyReadAsGuest+found.ID.String()+what)
	}
	return v.goTo(visited + standing.Tenant.Number + "/")
}

// leaveStay ends the operator's visit.
func (s *Server) leaveStay(v *visit) error {
	if _, err := v.operating(); err != nil {
		return err
	}
	if err := s.Stay.Leave(v.ctx(), v.signed); err != nil {
		return err
	}
	return v.done("/support", v.say.T("stay.left"))
}

// stays lists support's visits of the place, for who may see its settings.
func (s *Server) stays(v *visit) error {
	found, err := s.Stay.List(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	frame := v.frame(found.Standing, inSettings, v.say.T("stay.list"))
	view := page.StaysView{Back: ui.Act{Label: v.words(found.Standing).SettingsTitle, URL: v.in("/settings"), Icon: ui.IconBack, Tone: ui.Calm}}
	for _, one := range found.Stays {
		view.Stays = append(view.Stays, v.stayRow(found.Standing, one))
	}
	return v.ok(page.Stays(frame, view))
}

func (v *visit) stayRow(s *access.Standing, one stay.Past) page.StayRow {
	row := page.StayRow{Name: one.Name, Initials: ui.Initials(strings.Fields(one.Name)...), Reason: one.Reason, Ticket: one.Ticket, Since: one.Since}
	switch {
	case one.Stands:
		row.Until = v.say.Clock(one.Until, v.now)
		row.Shape, row.State = ui.Waiting, v.say.T("stay.state.open", "Until", v.say.Clock(one.Until, v.now))
		if stay.NeedEnd.Met(s.Grid) {
			row.End = v.in("/visits/%s/end", one.ID)
		}
	case one.EndedKind == "person":
		row.Shape, row.State, row.Ended = ui.Stopped, v.say.T("stay.state.person", "By", one.EndedBy), one.EndedAt
	case one.EndedKind == "support":
		row.Shape, row.State, row.Ended = ui.Quiet, v.say.T("stay.state.support"), one.EndedAt
	default: // by its time, or with its session
		row.Shape, row.State = ui.Quiet, v.say.T("stay.state.over")
		if !one.Until.After(v.now) {
			row.Ended = &one.Until
		}
	}
	return row
}

// endStay sends support away.
func (s *Server) endStay(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	if err := s.Stay.End(v.ctx(), v.actor(), id); err != nil {
		return err
	}
	return v.done(v.in("/visits"), v.say.T("stay.ended"))
}

// staysHere are the visits under way, as the dashboard says them.
func (v *visit) staysHere(s *access.Standing, open []stay.Past) []page.StayRow {
	var rows []page.StayRow
	for _, one := range open {
		rows = append(rows, v.stayRow(s, one))
	}
	return rows
}

// visitsAct leads to support's visits, for who may see them.
func (v *visit) visitsAct(s *access.Standing) ui.Act {
	if v.guest || !stay.NeedSee.Met(s.Grid) {
		return ui.Act{}
	}
	return ui.Act{Label: v.say.T("stay.list"), URL: v.in("/visits"), Icon: ui.IconQuestion}
}
