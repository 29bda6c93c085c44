package portal

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/form"
	"habilis/internal/help"
	"habilis/internal/people"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

func (v *visit) queuedHelp(queue []help.Queued) []page.QueuedRow {
	rows := make([]page.QueuedRow, len(queue))
	for i, q := range queue {
		words := v.Tenants.Words(q.Kind, v.say.Locale())
		rows[i] = page.QueuedRow{
			Place: q.Place, Number: kinds.Fill(words.NumberLine, "n", q.Number), Kind: v.kindName(q.Kind),
			Person: q.Person, Email: q.Email, Initials: ui.Initials(strings.Fields(q.Person)...),
			Role: v.say.T("page.help.ask.what." + string(q.What)), AskedBy: q.AskedBy, Note: q.Note, At: q.CreatedAt,
			URL:        helpAddress(q.TenantID, q.ID),
			AnsweredAt: q.AnsweredAt, Reason: q.Reason,
		}
		rows[i].Shape, rows[i].State = v.helpState(q.State)
	}
	return rows
}

func helpAddress(tenant, request uuid.UUID) string {
	return "/support/" + tenant.String() + "/help/" + request.String()
}

var helpShapes = map[string]ui.Shape{"done": ui.Good, "refused": ui.Stopped, "open": ui.Waiting, "withdrawn": ui.Quiet}

func (v *visit) helpState(state string) (ui.Shape, string) {
	return helpShapes[state], v.say.T("page.help.state." + state)
}

// helpRequest is one request for help, and the windows in which it is answered.
func (s *Server) helpRequest(v *visit) error {
	if answer := v.query("answer"); answer == "do" || answer == "refuse" {
		return s.showAnswerHelp(v, form.With("answer", answer))
	}
	asked, err := s.askedHelp(v)
	if err != nil {
		return err
	}
	frame, err := v.operator(v.say.T("page.help.request", "Name", asked.Given+" "+asked.Family))
	if err != nil {
		return err
	}
	return v.ok(page.Asked(frame, v.askedHelpView(asked)))
}

// askedHelp is the request of the address, said in its place's words from here on.
func (s *Server) askedHelp(v *visit) (*help.AskedPage, error) {
	tenant, err := v.id("tenant")
	if err != nil {
		return nil, err
	}
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	found, err := s.Help.Asked(v.ctx(), v.signed.Helping(tenant), id)
	if err != nil {
		return nil, err
	}
	v.speakAs(found.Tenant.Kind)
	return found, nil
}

func (v *visit) askedHelpView(asked *help.AskedPage) page.AskedView {
	words := v.words(asked.Standing)
	view := page.AskedView{
		Note: strings.Split(asked.Note, "\n"),
		Back: ui.Act{Label: v.say.T("page.support.back"), URL: "/support", Icon: ui.IconBack, Tone: ui.Calm},
		Facts: []ui.Fact{
			{Term: v.say.T("page.help.queue.what"), Text: v.say.T("page.help.ask.what." + string(asked.What))},
			{Term: v.say.T("page.request.person"), Text: asked.Given + " " + asked.Family},
			{Term: v.say.T("page.person.username"), Text: asked.Username},
			{Term: v.say.T("page.request.email"), Text: asked.Email},
			{Term: v.say.T("page.help.request.came"), Text: v.yesNo(asked.CameIn)},
			{Term: v.say.T("page.help.request.factor"), Text: v.yesNo(asked.Factor)},
			{Term: v.say.T("page.help.request.places"), Text: v.placesOf(asked)},
			{Term: v.say.T("page.support.place"), Text: asked.Tenant.Name},
			{Term: words.NumberLabel, Text: asked.Tenant.Number},
			{Term: v.say.T("page.support.by"), Text: asked.AskedBy},
			{Term: v.say.T("page.support.at"), Shown: ui.Time(v.say, asked.CreatedAt, v.now)},
		},
	}
	if asked.Address != "" {
		view.Facts = slices.Insert(view.Facts, 1, ui.Fact{Term: v.say.T("page.help.request.address." + string(asked.What)), Text: asked.Address})
	}
	view.Shape, view.State = v.helpState(asked.State)
	if asked.AnsweredAt != nil {
		view.Answered = v.say.T("page.support.answer.line", "State", view.State, "When", v.say.DateTime(*asked.AnsweredAt))
		if asked.Reason != "" {
			view.Answered += " " + v.say.T("page.roles.quote", "Text", asked.Reason)
		}
		return view
	}
	url := helpAddress(asked.Tenant.ID, asked.ID)
	view.Acts = []ui.Act{{Label: v.say.T("page.help.request.refuse"), URL: url + "?answer=refuse", How: ui.InWindow}}
	if asked.PersonState == string(people.Archived) {
		view.Care = v.say.T("help.archived_since")
		return view
	}
	view.Acts = append(view.Acts, ui.Act{Label: v.say.T("page.help.request.do"), URL: url + "?answer=do", How: ui.InWindow, Tone: ui.Primary})
	return view
}

// placesOf names the places of an account, for who judges what to do to it.
func (v *visit) placesOf(asked *help.AskedPage) string {
	names := make([]string, len(asked.Places))
	words := v.words(asked.Standing)
	for i, p := range asked.Places {
		names[i] = v.say.T("page.help.request.place", "Name", p.Name, "Number", p.Number, "State", v.stateName(people.State(p.State), &words.States))
	}
	return strings.Join(names, " · ")
}

func (s *Server) showAnswerHelp(v *visit, f *form.Form) error {
	asked, err := s.askedHelp(v)
	if err != nil {
		return err
	}
	url, name := helpAddress(asked.Tenant.ID, asked.ID), asked.Given+" "+asked.Family
	if asked.AnsweredAt != nil { // meanwhile: its page says what became of it
		return v.goTo(url)
	}
	view := page.HelpWindow{Action: url, Typed: f, Kept: []ui.Hidden{{Name: "answer", Value: f.Typed("answer")}}, Told: v.say.T("page.help.request.refuse.told"), Read: v.say.T("page.help.request.refuse.read"),
		Window: ui.WindowFrame{Title: v.say.T("page.help.request.refuse"), Subtitle: name + " · " + asked.Tenant.Name,
			Initials: ui.Initials(asked.Given, asked.Family), Close: url},
		What: []string{v.say.T("page.help.request.refuse.what", "Name", name, "Asker", asked.AskedBy)},
	}
	view.Send = ui.Act{Label: view.Window.Title, Tone: ui.Danger}
	if f.Typed("answer") == "do" {
		view.Window.Title = v.say.T("page.help.request.do")
		view.What = []string{v.say.T("page.help.request.do.what."+string(asked.What), "Name", name, "Address", asked.Address)}
		if asked.What == help.WantFactor && asked.Beside {
			view.What = append(view.What, v.say.T("page.help.factor.choose", "Name", name))
		}
		view.Care, view.Told, view.Read = v.say.T("page.help.factor.care"), v.say.T("page.help.request.told"), ""
		view.Send = ui.Act{Label: view.Window.Title, Tone: ui.Primary}
	}
	frame, err := v.operator(view.Window.Title)
	if err != nil {
		return err
	}
	return v.answerForm(f, page.HelpWithReason(frame, view, v.inWindow()))
}

// answerHelp does what was asked, or refuses it.
func (s *Server) answerHelp(v *visit) error {
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
	verdict := help.Verdict{Do: f.Get("answer") == "do", Reason: f.Text("reason")}
	if f.OK() {
		err = s.Help.Answer(v.ctx(), v.signed.Helping(tenant), id, verdict)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showAnswerHelp(v, f)
	}
	if err != nil {
		return err
	}
	said := "page.help.request.refused"
	if verdict.Do {
		said = "page.help.request.done"
	}
	return v.done("/support", v.say.T(said))
}
