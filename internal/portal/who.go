package portal

import (
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/rights"
	"habilis/internal/tabular"
	"habilis/web/page"
	"habilis/web/ui"
)

// asking is the question of an address, as typed and as understood.
type asking struct {
	audit.Question
	day  string     // "" is now
	form *form.Form // what was typed, with its faults
}

// asking reads a question. What can't be understood is a fault of its field, and
// nothing is then answered.
func (v *visit) asking() (asking, error) {
	q := asking{form: form.With("area", v.query("area"), "direction", v.query("direction"), "least", v.query("least"),
		"words", v.query("words"), "on", v.query("on")), day: v.query("on")}
	q.Area, q.Words = grid.Area(v.query("area")), v.query("words")
	q.Record, _ = uuid.Parse(v.query("record"))
	q.After, _ = uuid.Parse(v.query("after"))
	v.need = q.Need()
	var err error
	q.Direction, err = v.direction()
	q.form.Fail(err)
	if least := v.query("least"); least != "" {
		if q.Least, err = grid.ParseScope(least); err != nil {
			q.form.Fail(fault.Invalid("least", "audit.reach"))
		}
	}
	q.On, err = v.Audit.EndOf(v.ctx(), v.actor(), "on", q.day)
	if err != nil && !q.form.Fail(err) || fault.Is(err, fault.KindForbidden) || fault.Is(err, fault.KindNotFound) {
		return q, err
	}
	if q.On.IsZero() {
		q.day = ""
	}
	if !q.form.OK() {
		q.Question = audit.Question{}
	}
	return q, nil
}

// address is a path with the question, from its first page on.
func (v *visit) address(path string, q asking) string {
	values := url.Values{"area": {string(q.Area)}, "direction": {q.Direction.String()}}
	set := func(name, value string, when bool) {
		if when {
			values.Set(name, value)
		}
	}
	set("least", q.Least.String(), q.Least > grid.None)
	set("record", q.Record.String(), q.Record != uuid.Nil)
	set("words", q.Words, q.Words != "")
	set("on", q.day, q.day != "")
	set("after", q.After.String(), q.After != uuid.Nil)
	return v.in("%s", path) + "?" + values.Encode()
}

// who is « Qui peut… ? ».
func (s *Server) who(v *visit) error {
	q, err := v.asking()
	if err != nil {
		return err
	}
	if v.live() { // what may be asked in the area that is chosen now
		return v.whoReaches(q)
	}
	found, err := s.Audit.WhoCan(v.ctx(), v.actor(), q.Question)
	if found.Standing == nil || err != nil && !fault.Is(err, fault.KindInvalid) {
		return err
	}
	q.form.Fail(v.inWords(found.Standing, &rights.Catalogue{Areas: found.Areas}, err))
	if record := onlyChoice(found); record != uuid.Nil {
		q.Record, q.Words = record, ""
		return v.goTo(v.address("/who", q))
	}
	frame := v.frame(found.Standing, inWho, v.say.T("page.audit.who"))
	return v.filled(q.form, page.Who(frame, v.whoView(found, q)))
}

// whoReaches is the part of the form that depends on its area and direction.
func (v *visit) whoReaches(q asking) error {
	found, err := v.Audit.WhoCan(v.ctx(), v.actor(), audit.Question{})
	if err != nil {
		return err
	}
	return v.ok(page.WhoReaches(v.say, page.WhoView{Action: v.in("/who"), Form: q.form, Reaches: v.leastOptions(found, q, "")}))
}

// leastOptions are how far one may ask about at least: what the area admits in the
// direction, and what was typed.
func (v *visit) leastOptions(found *audit.WhoPage, q asking, typed string) []ui.Option {
	area := found.Areas[0] // the one that is chosen where none was
	for _, a := range found.Areas {
		if string(a.Key) == q.form.Typed("area") {
			area = a
		}
	}
	d, _ := v.direction() // view where it is wrong, which is said already
	scopes := slices.DeleteFunc(area.Admits.Of(d).List(), func(s grid.Scope) bool { return s == grid.None })
	return append([]ui.Option{{Label: v.say.T("page.audit.least.any")}}, v.scopeOptions(found.Standing, area.Key, scopes, typed)...)
}

// onlyChoice is the one record that fits what was typed: by its reference, or
// because no other does. Zero if one is to be chosen.
func onlyChoice(found *audit.WhoPage) uuid.UUID {
	for _, r := range found.Choices {
		if len(found.Choices) == 1 || strings.EqualFold(r.Reference, found.Words) {
			return r.ID
		}
	}
	return uuid.Nil
}

func (v *visit) whoView(found *audit.WhoPage, q asking) page.WhoView {
	words := v.words(found.Standing)
	view := page.WhoView{
		Action: v.in("/who"), Form: q.form, AreaLabel: words.AreaLabel,
		Areas:      v.areaOptions(found.Areas),
		Directions: []ui.Option{{Value: grid.View.String(), Label: words.ViewAccess}, {Value: grid.Edit.String(), Label: words.EditAccess}},
		Reaches:    v.leastOptions(found, q, q.form.Typed("least")),
	}
	if opens(found.Standing, access.Records) {
		view.Record = v.recordWord(found.Standing)
	}
	if found.Record != nil {
		view.Chosen, view.ChosenID = joined(found.Record.Reference, found.Record.Label), found.Record.ID.String()
		without := q
		without.Record, without.After = uuid.Nil, uuid.Nil
		view.Clear = v.address("/who", without)
	}
	for _, r := range found.Choices {
		with := q
		with.Record, with.Words = r.ID, ""
		view.Choices = append(view.Choices, ui.Link{Label: joined(r.Reference, r.Label), URL: v.address("/who", with)})
	}
	switch {
	case q.Words != "" && found.Record == nil && len(found.Choices) == 0:
		view.NoChoice = v.say.T("page.audit.no_choice", "Words", q.Words)
	case found.Area != nil && q.form.OK() && (q.Words == "" || found.Record != nil):
		view.Answer = v.whoAnswer(found, q)
	}
	return view
}

// recordWord is what the place calls a record, as a label.
func (v *visit) recordWord(s *access.Standing) string {
	word := v.words(s).Record
	return strings.ToUpper(word[:1]) + word[1:]
}

func (v *visit) whoAnswer(found *audit.WhoPage, q asking) *page.WhoAnswer {
	answer := &page.WhoAnswer{Sentence: v.answerSentence(found, q), PersonAs: v.words(found.Standing).PeopleTitle}
	if q.day != "" {
		answer.Note = v.say.T("page.audit.names_today")
	}
	if found.Apart {
		answer.Apart = v.say.T("page.audit.apart", "Record", joined(found.Record.Reference, found.Record.Label), "Area", v.text(found.Area.Name))
	}
	for _, as := range []string{asCSV, asXLSX} {
		answer.Exports = append(answer.Exports, ui.Act{Label: v.say.T("page.audit.export." + as), URL: v.address("/who/export", q) + "&as=" + as, How: ui.Leaving})
	}
	for _, able := range found.People {
		answer.People = append(answer.People, v.ableView(found, q, able))
	}
	if q.After != uuid.Nil {
		first := q
		first.After = uuid.Nil
		answer.First = v.address("/who", first)
	}
	if found.Next != uuid.Nil {
		next := q
		next.After = found.Next
		answer.Next = v.address("/who", next)
	}
	return answer
}

// answerSentence is the answer in one sentence: "412 personnes peuvent modifier
// Factures et paiements."
func (v *visit) answerSentence(found *audit.WhoPage, q asking) string {
	args := []any{"Count", found.Total, "Does", v.does(q.Direction, found.Area), "About", ""}
	if found.Record != nil && !found.Apart {
		args[5] = v.say.T("page.audit.about", "Record", joined(found.Record.Reference, found.Record.Label))
	}
	if q.day == "" {
		return v.say.T("page.audit.answer", args...)
	}
	return v.say.T("page.audit.answered", append(args, "Date", found.On)...)
}

func (v *visit) ableView(found *audit.WhoPage, q asking, able audit.Able) page.AbleView {
	view := page.AbleView{
		Name: able.Name(), Initials: ui.Initials(able.Given, able.Family), Username: able.Username,
		Scope: able.Reach, Word: v.scopeName(found.Standing, q.Area, able.Reach),
		URL: v.permissionsPath(able.ID, q.day),
	}
	switch states := v.words(found.Standing).States; able.State {
	case "pending":
		view.State = states.Pending
	case "archived":
		view.State = v.say.T("page.audit.since_archived")
	}
	for _, g := range able.Roles {
		view.How = append(view.How, page.SourceView{What: v.say.T("page.audit.by_role", "Role", v.text(g.Role.Name)), Since: g.Since})
	}
	if able.HandSince != nil {
		view.How = append(view.How, page.SourceView{What: v.say.T("page.audit.by_hand"), ByHand: true, Since: *able.HandSince})
	}
	if able.AssignedSince != nil && able.Reach == grid.Assigned {
		view.How = append(view.How, page.SourceView{What: v.say.T("page.audit.assigned"), Since: *able.AssignedSince})
	}
	why := url.Values{"area": {string(q.Area)}, "direction": {q.Direction.String()}}
	if q.day != "" {
		why.Set("on", q.day)
	}
	view.Why = ui.Act{Label: v.say.T("ui.grid.why"), URL: v.personPath(able.ID, "/permissions/why?"+why.Encode()), How: ui.InWindow, Tone: ui.Calm}
	return view
}

// exportWho takes the whole answer away, as a table.
func (s *Server) exportWho(v *visit) error {
	q, err := v.asking()
	switch {
	case err != nil:
		return err
	case !q.form.OK():
		return q.form.Err()
	case q.Area == "":
		return v.goTo(v.in("/who"))
	}
	found, err := s.Audit.AllWhoCan(v.ctx(), v.actor(), q.Question)
	if err != nil {
		return v.inWords(found.Standing, &rights.Catalogue{Areas: found.Areas}, err)
	}
	v.frame(found.Standing, inWho, "") // the place's time zone
	words := v.words(found.Standing)
	table := tabular.Table{Name: v.say.T("page.audit.who"), Head: []string{
		words.PeopleTitle, v.say.T("page.person.username"), v.say.T("page.people.state"), v.say.T("page.audit.reach"), v.say.T("page.audit.how"), v.say.T("page.audit.since_when")}}
	for _, able := range found.People {
		row := v.ableView(found, q, able)
		for _, how := range row.How {
			table.Rows = append(table.Rows, []string{row.Name, row.Username, row.State, row.Word, how.What, inZone(found.Standing, how.Since).Format(audit.Day)})
		}
	}
	asked := map[string]string{"day": q.day}
	if q.Least > grid.None {
		asked["least"] = v.scopeName(found.Standing, q.Area, q.Least)
	}
	if found.Record != nil {
		asked["record"] = joined(found.Record.Reference, found.Record.Label)
	}
	about := v.say.T("page.audit.who") + " " + v.cellName(found.Standing, found.Area, q.Direction)
	file := v.say.T("page.audit.who.file", "Cell", strings.NewReplacer(" · ", " - ", "/", "-").Replace(v.cellName(found.Standing, found.Area, q.Direction)))
	return v.takeAway(file, table,
		access.Entry{Act: "permissions.export", TargetKind: "file", Label: about}, asked)
}

// areaOptions are the areas to choose among, each before its module.
func (v *visit) areaOptions(areas []rights.Area) []ui.Option {
	var options []ui.Option
	for _, a := range areas {
		options = append(options, ui.Option{Value: string(a.Key), Label: joined(v.text(a.Name), v.text(a.ModuleName))})
	}
	return options
}

// scopeOptions are scopes to choose among, in the words of an area; one that was
// typed stays among them, whatever is said of it.
func (v *visit) scopeOptions(s *access.Standing, area grid.Area, scopes []grid.Scope, typed string) []ui.Option {
	if scope, err := grid.ParseScope(typed); err == nil && !slices.Contains(scopes, scope) {
		scopes = append(slices.Clip(scopes), scope)
	}
	var options []ui.Option
	for _, scope := range scopes {
		options = append(options, ui.Option{Value: scope.String(), Label: v.scopeName(s, area, scope)})
	}
	return options
}
