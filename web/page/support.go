package page

import (
	"time"

	"habilis/internal/i18n"
	"habilis/web/ui"
)

// RequestView is the window in which support is asked for a role.
type RequestView struct {
	Window     ui.WindowFrame
	Action     string
	Role       string // sent
	Submission string
	Carries    []ui.Fact // what the request says by itself
	Send       string
	Impossible string // why there is nothing to ask for; empty when there is
}

// after is what follows the request, where one can be made.
func (v RequestView) after(p *i18n.Printer) string {
	if v.Impossible != "" {
		return ""
	}
	return p.T("page.request.after")
}

// QueueView is what was asked of support, over all places.
type QueueView struct {
	Open, Answered []QueuedRow // roles
	Help, Helped   []QueuedRow // people who can't get in
	Visit          ui.Act      // of a place
	Under          *UnderWay   // the visit under way; nil for none
}

// QueuedRow is one request.
type QueuedRow struct {
	Place, Number string
	Kind          string
	Person, Email string
	Initials      string
	Role          string
	AskedBy, Note string
	At            time.Time
	URL           string
	Shape         ui.Shape
	State         string
	AnsweredAt    *time.Time
	Reason        string
}

// AskedView is one request, for the operator who answers it.
type AskedView struct {
	Facts    []ui.Fact
	Note     []string // its lines
	Shape    ui.Shape
	State    string
	Answered string // when and why, once it is
	Care     string // what keeps it from being done
	Meaning  ChangeMeaning
	Acts     []ui.Act // the two answers; none once it is answered
	Back     ui.Act
}

// AnswerView is the window in which an operator grants or refuses.
type AnswerView struct {
	Window  ui.WindowFrame
	Action  string
	Answer  string // grant or refuse
	What    string // what will happen
	Meaning ChangeMeaning
	Reason  ui.Input
	Send    ui.Act
}
