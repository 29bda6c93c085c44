package portal

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/help"
	"habilis/internal/journal"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// personProfile is the tab Profil of a sheet.
func (s *Server) personProfile(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	var aid help.Aid
	sheet, f, err := v.sheet(v.say.T("page.person.profile"), help.Beside(id, &aid))
	if err != nil {
		return err
	}
	view := page.ProfileView{Head: v.personHead(sheet, &aid, onProfile), Facts: v.profileFacts(sheet)}
	if may(sheet.Standing, access.People) && sheet.Person.State != people.Archived && !sheet.Self {
		words := v.words(sheet.Standing)
		view.Acts = []ui.Act{{Label: words.Archive, URL: v.in("/people/%s/archive", sheet.Person.ID), How: ui.InWindow, Icon: ui.IconArchive}}
	}
	return v.ok(page.PersonProfile(f, view))
}

// personAccess is the tab Accès of a sheet.
func (s *Server) personAccess(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	var aid help.Aid
	sheet, f, err := v.sheet(v.say.T("page.person.access"), help.Beside(id, &aid))
	if err != nil {
		return err
	}
	view := page.AccessView{Head: v.personHead(sheet, &aid, onAccess), Facts: v.accessFacts(sheet, &aid)}
	view.Head.Troubles = append(view.Head.Troubles, v.helpTroubles(sheet, &aid)...)
	view.Help = v.helpView(sheet, &aid, view.Head.Troubles)
	newest := newestFirst(sheet)
	for _, m := range sheet.Mails {
		row := v.mailRow(m)
		if newest != nil && m.ID == newest.ID {
			row.Again = v.againPost(sheet, &aid, m)
		}
		view.Mails = append(view.Mails, row)
	}
	if v.firstPost(sheet) != nil {
		view.Why = v.firstWhy(sheet)
	}
	return v.ok(page.PersonAccess(f, view))
}

// sheet reads the sheet of the person of the address, for one of its tabs.
func (v *visit) sheet(tab string, beside ...func(*access.Reading)) (*people.SheetPage, layout.Frame, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, layout.Frame{}, err
	}
	sheet, err := v.People.Sheet(v.ctx(), v.actor(), id, beside...)
	if err != nil {
		return nil, layout.Frame{}, err
	}
	return sheet, v.sheetFrame(sheet.Standing, tab, sheet.Person.Name()), nil
}

// sheetFrame is the frame of a page about a person: its title says what of whom.
func (v *visit) sheetFrame(s *access.Standing, what, name string) layout.Frame {
	return v.frame(s, inPeople, what+" · "+name)
}

// tab is one of the tabs of a sheet.
type tab int

const (
	onProfile tab = iota
	onAccess
	onRoles
	onPermissions
	onRecords
)

// personTabs are the tabs of a person's sheet that the reader may open; assigned
// is how many records the person has.
func (v *visit) personTabs(s *access.Standing, person uuid.UUID, assigned int, at tab) []ui.Link {
	base := v.in("/people/%s", person)
	var tabs []ui.Link
	if opens(s, access.People) {
		tabs = append(tabs, ui.Link{Label: v.say.T("page.person.profile"), URL: base, Current: at == onProfile},
			ui.Link{Label: v.say.T("page.person.access"), URL: base + "/access", Current: at == onAccess})
	}
	if opens(s, access.Roles) {
		tabs = append(tabs, ui.Link{Label: v.words(s).RolesTitle, URL: base + "/roles", Current: at == onRoles},
			ui.Link{Label: v.words(s).Permissions, URL: base + "/permissions", Current: at == onPermissions})
	}
	if opens(s, access.Records) {
		tabs = append(tabs, v.recordsTab(s, person, assigned, at))
	}
	return tabs
}

// headOf is the head of a person's sheet, above the given tab.
func (v *visit) headOf(s *access.Standing, p *rights.Person, at tab) page.PersonHead {
	state, words := people.State(p.State), v.words(s)
	if p.Blocked {
		state = people.Blocked
	}
	return page.PersonHead{
		Name: p.Name(), Initials: ui.Initials(p.Given, p.Family), Shape: stateShapes[state], State: v.stateName(state, &words.States),
		Line:     joined(p.Function, p.Username, v.lastSeen(p)),
		TabsName: v.say.T("page.person.tabs"), Tabs: v.personTabs(s, p.ID, p.Assigned, at),
		Acts: v.sheetActs(s, p.ID, p.Archived()),
	}
}

// personHead is the head of a sheet above the tabs about the person: it also says
// what is wrong, and offers what they could be given.
func (v *visit) personHead(sheet *people.SheetPage, aid *help.Aid, at tab) page.PersonHead {
	p, words := sheet.Person, v.words(sheet.Standing)
	head := v.headOf(sheet.Standing, p.Face(), at)
	head.Troubles = v.troubles(sheet, aid, words)
	var acts []ui.Act
	if opens(sheet.Standing, access.Roles) {
		acts = append(acts, ui.Act{Label: v.say.T("page.people.permissions"), URL: v.personPath(p.ID, "/roles"), How: ui.InWindow, Icon: ui.IconKey})
	}
	if may(sheet.Standing, access.Roles) {
		for _, r := range sheet.MayAsk {
			acts = append(acts, v.requestAct(words, p.ID, r.ID, v.either(r.NameFr, r.NameEn)))
		}
	}
	head.Acts = append(acts, head.Acts...)
	return head
}

// sheetActs are what the head of a sheet offers above each of its tabs.
func (v *visit) sheetActs(s *access.Standing, person uuid.UUID, archived bool) []ui.Act {
	var acts []ui.Act
	if may(s, access.People) && !archived {
		acts = append(acts, ui.Act{Label: v.words(s).Edit, URL: v.personPath(person, "/edit"), How: ui.InWindow, Icon: ui.IconPencil})
	}
	if opens(s, access.Journal) {
		acts = append(acts, ui.Act{Label: v.say.T("page.person.history"), URL: v.journalURL(journal.Filter{Person: person}), Icon: ui.IconClock})
	}
	return acts
}

func (v *visit) lastSeen(p *rights.Person) string {
	if p.SeenAt == nil {
		return v.say.T("page.person.never_seen")
	}
	return v.say.T("page.person.last_seen", "Ago", v.say.Ago(*p.SeenAt, v.now))
}

// troubles are what keeps the person out, or without rights, and what to do.
func (v *visit) troubles(sheet *people.SheetPage, aid *help.Aid, words kinds.Words) []page.Trouble {
	p := sheet.Person
	if p.State == people.Archived {
		return []page.Trouble{v.archivedTrouble(sheet, words)}
	}
	var all []page.Trouble
	if p.State == people.Blocked && p.BlockedUntil != nil {
		all = append(all, page.Trouble{Mood: ui.Look, What: v.say.T("page.trouble.blocked", "Count", p.Failures),
			Next: v.say.T("page.trouble.blocked.next", "Clock", v.say.Clock(*p.BlockedUntil, v.now))})
	}
	if p.State == people.Pending {
		all = append(all, v.letterTroubles(sheet, aid, words)...)
	}
	if len(sheet.Roles) == 0 {
		what := words.NoRole + "."
		if ended := sheet.Ended; ended != nil {
			what = v.say.T("page.trouble.ended", "Role", v.either(ended.NameFr, ended.NameEn), "Day", ended.At)
		}
		all = append(all, page.Trouble{Mood: ui.Look, What: what, Next: v.say.T("page.trouble.no_role"), Acts: v.addRoleAct(sheet, words)})
	}
	for _, asked := range sheet.Asked {
		all = append(all, page.Trouble{Mood: ui.Info, What: v.say.T("page.trouble.asked", "Role", v.either(asked.NameFr, asked.NameEn)),
			Next: v.say.T("page.trouble.asked.next", "Ago", v.say.Ago(asked.At, v.now))})
	}
	return all
}

func (v *visit) archivedTrouble(sheet *people.SheetPage, words kinds.Words) page.Trouble {
	p := sheet.Person
	t := page.Trouble{Mood: ui.Info, What: v.say.T("page.trouble.archived", "Date", *p.ArchivedAt, "By", p.ArchivedBy)}
	if p.ArchivedWhy != "" {
		t.Next = v.say.T("page.trouble.archived.why", "Why", p.ArchivedWhy)
	}
	if may(sheet.Standing, access.People) {
		t.Post = &page.Post{Label: words.Reactivate, URL: v.in("/people/%s/restore", p.ID), Version: strconv.Itoa(p.Version)}
	}
	return t
}

// readdressAct opens the window in which the address can be corrected.
func (v *visit) readdressAct(sheet *people.SheetPage, words kinds.Words) []ui.Act {
	if !sheet.Person.EmailOurs || !may(sheet.Standing, access.People) {
		return nil
	}
	return []ui.Act{{Label: words.Edit, URL: v.in("/people/%s/edit", sheet.Person.ID), How: ui.InWindow, Icon: ui.IconPencil}}
}

func (v *visit) addRoleAct(sheet *people.SheetPage, words kinds.Words) []ui.Act {
	if !may(sheet.Standing, access.Roles) {
		return nil
	}
	return []ui.Act{{Label: words.AddRole, URL: v.in("/people/%s/roles/new", sheet.Person.ID), How: ui.InWindow}}
}

func (v *visit) profileFacts(sheet *people.SheetPage) []ui.Fact {
	p := sheet.Person
	facts := []ui.Fact{
		{Term: v.say.T("page.person.family"), Text: p.Family},
		{Term: v.say.T("page.person.given"), Text: p.Given},
		{Term: v.say.T("page.person.email"), Text: p.Email},
		{Term: v.say.T("page.person.username"), Text: p.Username},
		{Term: v.say.T("page.person.phone"), Text: p.PhoneIn(sheet.Tenant.Locale)},
		{Term: v.say.T("page.person.function"), Text: p.Function},
		{Term: v.say.T("page.person.language"), Text: p.Locale.Name()},
		{Term: v.words(sheet.Standing).RolesTitle, Shown: v.heldRolesFact(sheet)},
	}
	for _, flag := range sheet.Flags {
		facts = append(facts, ui.Fact{Term: v.either(flag.Name.Fr, flag.Name.En), Text: v.yesNo(slices.Contains(p.Flags, flag.Key))})
	}
	added := v.say.T("page.person.added", "Date", p.CreatedAt)
	if p.CreatedBy != "" {
		added = v.say.T("page.person.added_by", "Date", p.CreatedAt, "By", p.CreatedBy)
	}
	return append(facts, ui.Fact{Term: v.say.T("page.person.since"), Text: added})
}

func (v *visit) heldRolesFact(sheet *people.SheetPage) templ.Component {
	if len(sheet.Roles) == 0 {
		return nil
	}
	return page.RoleTags(v.appendRoleTags(nil, sheet.Roles, true))
}

func (v *visit) accessFacts(sheet *people.SheetPage, aid *help.Aid) []ui.Fact {
	p := sheet.Person
	password := v.passwordFact(sheet)
	if aid.MustChange {
		password = v.say.T("page.help.password.given")
	}
	factor := v.say.T("page.people.factor.none")
	if p.SecondFactor != "" {
		factor = v.say.T("page.people.factor." + p.SecondFactor)
	}
	facts := []ui.Fact{
		{Term: v.say.T("page.person.username"), Text: p.Username},
		{Term: v.say.T("page.person.email"), Text: v.addressFact(p)},
		{Term: v.say.T("page.access.password"), Text: password},
		{Term: v.say.T("page.people.factor"), Text: factor},
		{Term: v.say.T("page.people.seen"), Shown: v.timeFact(p.SeenAt)},
	}
	if aid.Authority == help.Ours {
		facts = append(facts, v.backupFact(aid))
	}
	if p.Failures > 0 {
		facts = append(facts, ui.Fact{Term: v.say.T("page.access.failures"), Text: v.say.Number(p.Failures)})
	}
	return facts
}

func (v *visit) addressFact(p *people.Person) string {
	switch {
	case p.Email == "":
		return ""
	case p.EmailVerified:
		return v.say.T("page.access.verified", "Address", p.Email)
	}
	return v.say.T("page.access.unverified", "Address", p.Email)
}

func (v *visit) timeFact(t *time.Time) templ.Component {
	if t == nil {
		return nil
	}
	return ui.Time(v.say, *t, v.now)
}

func (v *visit) yesNo(yes bool) string {
	if yes {
		return v.say.T("page.yes")
	}
	return v.say.T("page.no")
}

// letterName is what people call a letter of a template.
func (v *visit) letterName(template string) string { return v.say.T("page.mail.template." + template) }

func (v *visit) mailRow(m mail.Fate) page.MailRow {
	row := page.MailRow{
		What: v.letterName(m.Template), To: m.Recipient, Shape: mailShapes[m.State],
		State: v.say.T("page.mail.state." + m.State), Answer: m.Answer, At: m.ChangedAt,
	}
	if m.Attempts > 1 {
		row.Tries = v.say.T("page.mail.tries", "Count", m.Attempts)
	}
	return row
}
