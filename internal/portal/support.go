package portal

import (
	"strings"

	"github.com/google/uuid"

	"habilis/internal/form"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// supportQueue is what was asked of support, over all places.
func (s *Server) supportQueue(v *visit) error {
	queue, err := s.Roles.Queue(v.ctx(), v.signed)
	if err != nil {
		return err
	}
	asked, err := s.Help.Queue(v.ctx(), v.signed)
	if err != nil {
		return err
	}
	frame, err := v.operator(v.say.T("page.support.title"))
	if err != nil {
		return err
	}
	under, err := v.underWay()
	if err != nil {
		return err
	}
	return v.ok(page.Queue(frame, page.QueueView{Under: under, Visit: ui.Act{Label: v.say.T("stay.find"), URL: "/support/places", Icon: ui.IconBuilding, How: ui.Leaving}, Open: v.queued(queue.Open), Answered: v.queued(queue.Answered),
		Help: v.queuedHelp(asked.Open), Helped: v.queuedHelp(asked.Answered)}))
}

// operator is the frame of support's own screens.
func (v *visit) operator(title string) (layout.Frame, error) {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return layout.Frame{}, err
	}
	return v.desk(title, person), nil
}

func (v *visit) queued(queue []roles.Queued) []page.QueuedRow {
	rows := make([]page.QueuedRow, len(queue))
	for i, q := range queue {
		words := v.Tenants.Words(q.Kind, v.say.Locale())
		rows[i] = page.QueuedRow{
			Place: q.Place, Number: kinds.Fill(words.NumberLine, "n", q.Number), Kind: v.kindName(q.Kind),
			Person: q.Person, Email: q.Email, Initials: ui.Initials(strings.Fields(q.Person)...),
			Role: v.text(q.Role()), AskedBy: q.AskedBy, Note: q.Note, At: q.CreatedAt,
			URL:        requestAddress(q.TenantID, q.ID),
			AnsweredAt: q.AnsweredAt, Reason: q.Reason,
		}
		rows[i].Shape, rows[i].State = v.requestState(q.State)
	}
	return rows
}

func requestAddress(tenant, request uuid.UUID) string {
	return "/support/" + tenant.String() + "/" + request.String()
}

func (v *visit) requestState(state string) (ui.Shape, string) {
	switch state {
	case "granted":
		return ui.Good, v.say.T("page.support.granted")
	case "refused":
		return ui.Stopped, v.say.T("page.support.refused")
	case "withdrawn":
		return ui.Quiet, v.say.T("page.support.withdrawn")
	}
	return ui.Waiting, v.say.T("page.support.waiting")
}

// supportRequest is one request, and the windows in which it is answered.
func (s *Server) supportRequest(v *visit) error {
	answer := v.query("answer")
	if answer == "grant" || answer == "refuse" {
		return s.showAnswer(v, form.With("answer", answer))
	}
	asked, err := s.asked(v)
	if err != nil {
		return err
	}
	frame, err := v.operator(v.say.T("page.support.request", "Role", v.text(asked.Role.Name)))
	if err != nil {
		return err
	}
	return v.ok(page.Asked(frame, v.askedView(asked)))
}

// asked is the request of the address, said in its place's words from here on.
func (s *Server) asked(v *visit) (*roles.AskedPage, error) {
	tenant, err := v.id("tenant")
	if err != nil {
		return nil, err
	}
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	found, err := s.Roles.Asked(v.ctx(), v.signed.Helping(tenant), id)
	if err != nil {
		return nil, err
	}
	v.speakAs(found.Tenant.Kind)
	return found, nil
}

func (v *visit) askedView(asked *roles.AskedPage) page.AskedView {
	words := v.words(asked.Standing)
	name := v.text(asked.Role.Name)
	view := page.AskedView{
		Note: strings.Split(asked.Note, "\n"),
		Back: ui.Act{Label: v.say.T("page.support.back"), URL: "/support", Icon: ui.IconBack, Tone: ui.Calm},
		Facts: []ui.Fact{
			{Term: words.RoleLabel, Text: name},
			{Term: v.say.T("page.request.person"), Text: asked.Person.Name()},
			{Term: v.say.T("page.request.email"), Text: asked.Person.Email},
			{Term: v.say.T("page.support.place"), Text: asked.Tenant.Name},
			{Term: words.NumberLabel, Text: asked.Tenant.Number},
			{Term: v.say.T("page.support.kind"), Text: v.kindName(asked.Tenant.Kind)},
			{Term: v.say.T("page.support.by"), Text: asked.AskedBy},
			{Term: v.say.T("page.support.at"), Shown: ui.Time(v.say, asked.CreatedAt, v.now)},
		},
	}
	if asked.Note == "" {
		view.Note = nil
	}
	view.Shape, view.State = v.requestState(asked.State)
	if asked.AnsweredAt != nil {
		view.Answered = v.say.T("page.support.answer.line", "State", view.State, "When", v.say.DateTime(*asked.AnsweredAt))
		if asked.Reason != "" {
			view.Answered += " " + v.say.T("page.roles.quote", "Text", asked.Reason)
		}
		return view
	}
	view.Meaning = v.changeMeaning(asked.Standing, asked.Areas, asked.Preview, form.With())
	view.Meaning.Ends = nil
	url := requestAddress(asked.Tenant.ID, asked.ID)
	view.Acts = []ui.Act{
		{Label: v.say.T("page.support.refuse"), URL: url + "?answer=refuse", How: ui.InWindow},
		{Label: v.say.T("page.support.grant"), URL: url + "?answer=grant", How: ui.InWindow, Tone: ui.Primary},
	}
	return view
}

// showAnswer is the window in which an operator grants or refuses.
func (s *Server) showAnswer(v *visit, f *form.Form) error {
	asked, err := s.asked(v)
	if err != nil {
		return err
	}
	if asked.AnsweredAt != nil { // meanwhile: its page says what became of it
		return v.goTo(requestAddress(asked.Tenant.ID, asked.ID))
	}
	view := v.answerView(asked, f)
	frame, err := v.operator(view.Window.Title)
	if err != nil {
		return err
	}
	window := page.Answer(frame, f, view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) answerView(asked *roles.AskedPage, f *form.Form) page.AnswerView {
	url := requestAddress(asked.Tenant.ID, asked.ID)
	who, role := asked.Person.Name(), v.text(asked.Role.Name)
	view := page.AnswerView{
		Action: url, Answer: f.Typed("answer"),
		Window: ui.WindowFrame{
			Title: v.say.T("page.support.refuse"), Subtitle: who + " · " + role + " · " + asked.Tenant.Name,
			Initials: ui.Initials(asked.Person.Given, asked.Person.Family), Close: url,
		},
		What:   v.say.T("page.support.refuse.what", "Person", who, "Role", role, "Asker", asked.AskedBy),
		Reason: ui.Input{Name: "reason", Label: v.say.T("page.support.reason"), Hint: v.say.T("page.support.reason.hint"), MaxLength: 1000},
		Send:   ui.Act{Label: v.say.T("page.support.refuse.send"), Tone: ui.Danger},
	}
	if view.Answer == "grant" {
		view.Window.Title = v.say.T("page.support.grant")
		view.What = v.say.T("page.support.grant.what", "Person", who, "Role", role)
		view.Send = ui.Act{Label: v.say.T("page.support.grant.send"), Tone: ui.Primary}
		view.Reason.Optional = true
		if asked.Preview != nil {
			view.Meaning = v.changeMeaning(asked.Standing, asked.Areas, asked.Preview, f)
			view.Meaning.Title, view.Meaning.Description, view.Meaning.Grid.Groups = "", "", nil
		}
	}
	return view
}

// answerRequest grants or refuses.
func (s *Server) answerRequest(v *visit) error {
	tenant, err := v.id("tenant")
	if err != nil {
		return err
	}
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	verdict := roles.Verdict{Grant: f.Get("answer") == "grant", Reason: f.Text("reason"), Ends: v.sentChange(f).Ends}
	if f.OK() {
		err = s.Roles.Answer(v.ctx(), v.signed.Helping(tenant), id, verdict)
	}
	if v.failChange(f, err) || !f.OK() {
		return s.showAnswer(v, f)
	}
	if err != nil {
		return err
	}
	said := "page.support.refuse.done"
	if verdict.Grant {
		said = "page.support.grant.done"
	}
	asked, err := s.asked(v)
	if err != nil {
		return err
	}
	return v.done("/support", v.say.T(said, "Role", v.text(asked.Role.Name), "Name", asked.Person.Name()))
}

// kindName is the name of a kind of place.
func (v *visit) kindName(kind string) string {
	k, _ := v.Tenants.Kinds().Kind(kind)
	return v.text(k.Name)
}
