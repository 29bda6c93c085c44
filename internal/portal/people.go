package portal

import (
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/people"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// peopleList is the list of the place's people.
func (s *Server) peopleList(v *visit) error {
	list, err := s.People.List(v.ctx(), v.actor(), v.peopleFilter())
	if err != nil {
		return err
	}
	words := v.words(list.Standing)
	f := v.frame(list.Standing, inPeople, words.PeopleTitle)
	if v.live() {
		return v.ok(page.PeopleFound(f, v.peopleView(list, words)))
	}
	return v.ok(page.People(f, v.peopleView(list, words)))
}

// peopleFilter reads the list's address.
func (v *visit) peopleFilter() people.Filter {
	role, _ := uuid.Parse(v.query("role"))
	return people.Filter{
		Words:  v.query("q"),
		State:  people.State(v.query("state")),
		Role:   role,
		Module: v.query("module"),
		Sort:   people.Sort(v.query("sort")),
		Cursor: v.r.URL.Query().Get("from"),
	}
}

// peopleURL is the address of a list, which [visit.peopleFilter] reads back.
// What is as it would be anyway stays out of it.
func (v *visit) peopleURL(f people.Filter) string {
	address := append(make([]byte, 0, 96), v.base()...)
	address = append(address, "/people"...)
	before := byte('?')
	for _, h := range asked(f) {
		if h.Value != "" {
			address = append(append(append(address, before), h.Name...), '=')
			address = append(address, url.QueryEscape(h.Value)...)
			before = '&'
		}
	}
	return string(address)
}

// asked is what the address of a list may say; empty is what it needn't.
func asked(f people.Filter) [6]ui.Hidden {
	role := ""
	if f.Role != uuid.Nil {
		role = f.Role.String()
	}
	if f.Sort == people.ByName {
		f.Sort = ""
	}
	if f.State == people.Current {
		f.State = ""
	}
	return [...]ui.Hidden{
		{Name: "from", Value: f.Cursor},
		{Name: "module", Value: f.Module},
		{Name: "q", Value: f.Words},
		{Name: "role", Value: role},
		{Name: "sort", Value: string(f.Sort)},
		{Name: "state", Value: string(f.State)},
	}
}

// kept are the filters that typing in the search keeps.
func kept(f people.Filter) []ui.Hidden {
	f.Words, f.Cursor = "", ""
	all := asked(f)
	return slices.DeleteFunc(all[:], func(h ui.Hidden) bool { return h.Value == "" })
}

func (v *visit) peopleView(list *people.Page, words kinds.Words) page.PeopleView {
	f := list.Filter
	f.Cursor = ""
	view := page.PeopleView{
		Acts: v.peopleActs(list.Standing, words),
		Filters: ui.Filters{
			Action: v.in("/people"), Target: "people-list", Label: v.say.T("page.people.find"), Typed: f.Words, Kept: kept(f),
		},
		Menus:     []ui.Filter{v.stateMenu(f, words), v.roleMenu(f, list.Charter.Offered, words), v.moduleMenu(f, list.Charter.Offered, words)},
		RolesHead: words.RolesTitle,
		ByName:    v.sortLink(f, people.ByName, people.ByNameDesc),
		BySeen:    v.sortLink(f, people.BySeenDesc, people.BySeen),
		Open:      ui.NewRowAct(v.say.T("page.people.open", "Name", ui.Hole), "", ui.IconDots),
		Restore:   ui.NewRowAct(v.actOnRow(words.Reactivate), "/restore", ui.IconRestore),
	}
	if may(list.Standing, access.Settings) {
		view.Bulk = &page.Bulk{
			Action: v.in("/people/permissions"), Act: v.say.T("page.people.change_permissions"),
			Tick:    ui.NewRowAct(v.say.T("page.people.tick", "Name", ui.Hole), "", ui.NoIcon),
			TickAll: v.say.T("page.people.tick_all"), Ticked: v.say.T("page.people.ticked"),
		}
	}
	view.Sheets, view.Rows = "people/", v.personRows(list, &words)
	view.Count, view.CountLine = v.countPeople(list.Total, list.More, words)
	if list.Previous != "" {
		f.Cursor = list.Previous
		view.Previous = v.peopleURL(f)
	}
	if list.Next != "" {
		f.Cursor = list.Next
		view.Next = v.peopleURL(f)
	}
	if len(list.Rows) == 0 {
		view.Empty = v.nobody(list, view.Acts, words)
	}
	return view
}

// countPeople says how many people a list has: the number, and the whole words.
func (v *visit) countPeople(total int, more bool, words kinds.Words) (number, line string) {
	number = v.say.Number(total)
	if more {
		number = v.say.T("page.people.over", "Count", total)
	}
	return number, words.Count.Say(total, number, string(v.say.Locale()))
}

func (v *visit) peopleActs(s *access.Standing, words kinds.Words) []ui.Act {
	if !may(s, access.People) {
		return nil
	}
	return []ui.Act{
		{Label: v.say.T("page.people.invite"), URL: v.in("/invitations/new"), How: ui.InWindow, Icon: ui.IconMail},
		{Label: words.Add, URL: v.in("/people/new"), How: ui.InWindow, Icon: ui.IconPlus, Tone: ui.Primary},
	}
}

// nobody is what an empty list says: that there is nobody yet, or nobody like that.
func (v *visit) nobody(list *people.Page, acts []ui.Act, words kinds.Words) page.Empty {
	if list.Filter.Narrowed() {
		clear := ui.Act{Label: v.say.T("page.people.clear"), URL: v.peopleURL(people.Filter{Sort: list.Filter.Sort})}
		return page.Empty{Title: words.NoneFound, Text: v.say.T("page.people.none_found"), Acts: []ui.Act{clear}}
	}
	return page.Empty{Title: words.NoneYet, Acts: acts}
}

// sortLink sorts by a column, first one way, then the other.
func (v *visit) sortLink(f people.Filter, first, then people.Sort) page.SortLink {
	direction := ""
	switch f.Sort {
	case people.ByName, people.BySeen:
		direction = "ascending"
	default:
		direction = "descending"
	}
	switch f.Sort {
	case first:
		f.Sort = then
	case then:
		f.Sort = first
	default:
		f.Sort, direction = first, ""
	}
	return page.SortLink{URL: v.peopleURL(f), Direction: direction}
}

func (v *visit) stateMenu(f people.Filter, words kinds.Words) ui.Filter {
	menu := ui.Filter{Label: v.say.T("page.people.state")}
	now := f.State
	for _, state := range people.States() {
		f.State = state
		menu.Options = append(menu.Options, ui.Link{Label: v.stateName(state, &words.States), URL: v.peopleURL(f), Current: state == now})
	}
	if now != people.AnyState {
		f.State = people.AnyState
		menu.Chosen, menu.Clear = v.stateName(now, &words.States), v.peopleURL(f)
	}
	return menu
}

// stateName is a state, or a group of states, in the gender of the kind's word.
func (v *visit) stateName(state people.State, words *kinds.States) string {
	switch state {
	case people.Active:
		return words.Active
	case people.Pending:
		return words.Pending
	case people.Blocked:
		return words.Blocked
	case people.Archived:
		return words.Archived
	case people.AnyState:
		return v.say.T("page.people.any_state")
	}
	return v.say.T("page.people.current")
}

var stateShapes = map[people.State]ui.Shape{
	people.Active: ui.Good, people.Pending: ui.Waiting, people.Blocked: ui.Stopped, people.Archived: ui.Quiet,
}

func (v *visit) roleMenu(f people.Filter, offered []*access.Module, words kinds.Words) ui.Filter {
	menu := ui.Filter{Label: words.RoleLabel}
	now := f.Role
	f.Role = uuid.Nil
	menu.Clear = v.peopleURL(f)
	for _, m := range offered {
		for _, r := range m.Roles {
			f.Role = r.ID
			name := v.either(r.NameFr, r.NameEn)
			menu.Options = append(menu.Options, ui.Link{Label: name, URL: v.peopleURL(f), Current: r.ID == now})
			if r.ID == now {
				menu.Chosen = name
			}
		}
	}
	return menu
}

func (v *visit) moduleMenu(f people.Filter, offered []*access.Module, words kinds.Words) ui.Filter {
	menu := ui.Filter{Label: words.ModuleLabel}
	now := f.Module
	f.Module = ""
	menu.Clear = v.peopleURL(f)
	for _, m := range offered {
		f.Module = m.Key
		name := v.either(m.NameFr, m.NameEn)
		menu.Options = append(menu.Options, ui.Link{Label: name, URL: v.peopleURL(f), Current: m.Key == now})
		if m.Key == now {
			menu.Chosen = name
		}
	}
	return menu
}

// maxTags is how many of a person's roles the list shows.
const maxTags = 2

// personRows gives the rows one after another, each in the place of the one before;
// nil for none.
func (v *visit) personRows(list *people.Page, words *kinds.Words) iter.Seq[*page.PersonRow] {
	if len(list.Rows) == 0 {
		return nil
	}
	acts, several := v.rowActs(list.Standing, words), worksInSeveral(list.Charter.Offered)
	return func(yield func(*page.PersonRow) bool) {
		var row page.PersonRow
		for i := range list.Rows {
			v.personRow(&row, &list.Rows[i], &acts, several, words)
			if !yield(&row) {
				return
			}
		}
	}
}

// worksInSeveral reports whether a place has several modules besides this
// portal's own: its roles are then told apart by module.
func worksInSeveral(offered []*access.Module) bool {
	n := 0
	for _, m := range offered {
		if m.Key != kinds.Admin {
			n++
		}
	}
	return n > 1
}

// personRow fills a row, whatever it was before.
func (v *visit) personRow(row *page.PersonRow, r *people.Row, acts *rowActs, several bool, words *kinds.Words) {
	*row = page.PersonRow{
		ID: r.ID, Family: r.Family, Given: r.Given, Email: r.Email, Username: r.Username, Version: r.Version, Seen: r.SeenAt,
		Tickable: acts.tick && r.State != people.Archived,
		Shape:    stateShapes[r.State], State: v.stateName(r.State, &words.States),
		Roles: row.Roles[:0],
	}
	v.tagRoles(row, r.Roles, several, words)
	if r.SecondFactor != "" {
		row.Factor = v.say.T("page.people.factor." + r.SecondFactor)
	}
	if r.Mail != nil && r.State == people.Pending {
		row.Mail, row.MailShape = v.mailNote(r.Mail), mailShapes[r.Mail.State]
	}
	row.Acts, row.Restorable = acts.on(r)
}

// tagRoles shows the first of someone's roles, and counts the others.
func (v *visit) tagRoles(row *page.PersonRow, held []people.Held, several bool, words *kinds.Words) {
	if len(held) == 0 {
		row.NoRole = words.NoRole
		return
	}
	shown := min(len(held), maxTags)
	row.Roles = v.appendRoleTags(row.Roles, held[:shown], several)
	if rest := held[shown:]; len(rest) > 0 {
		row.More = "+" + v.say.Number(len(rest))
		names := make([]string, len(rest))
		for i, h := range rest {
			names[i] = v.either(h.NameFr, h.NameEn)
		}
		row.MoreNames = strings.Join(names, ", ")
	}
}

// appendRoleTags shows roles held; those that open this portal itself stand out.
func (v *visit) appendRoleTags(tags []page.RoleTag, held []people.Held, several bool) []page.RoleTag {
	for i := range held {
		h := &held[i]
		tag := page.RoleTag{Name: v.either(h.NameFr, h.NameEn)}
		if h.Module.Key == kinds.Admin {
			tag.Tint = ui.TintAccent
		}
		if several && (i == 0 || h.Module.Key != held[i-1].Module.Key) {
			tag.Module = v.either(h.Module.NameFr, h.Module.NameEn)
		}
		if h.Until != nil {
			tag.More = v.say.T("page.people.until", "Day", v.say.Day(*h.Until, v.now))
		}
		tags = append(tags, tag)
	}
	return tags
}

// rowActs is what the reader may do to the people of the list, said once for
// all of its rows: to everyone, then to everyone but the archived, then to all of
// those but oneself.
type rowActs struct {
	self     uuid.UUID // who reads: nobody archives themselves
	all      []ui.RowAct
	archived int // how many of them there are for someone archived
	own      int // and for oneself
	change   bool
	tick     bool // several at once
}

func (v *visit) rowActs(s *access.Standing, words *kinds.Words) rowActs {
	acts := rowActs{change: may(s, access.People), tick: may(s, access.Settings)}
	if s.Resource != nil {
		acts.self = s.Resource.ID
	}
	if opens(s, access.Roles) {
		acts.all = append(acts.all, ui.NewRowAct(v.actOnRow(v.say.T("page.people.permissions")), "/roles", ui.IconKey))
	}
	acts.archived, acts.own = len(acts.all), len(acts.all)
	if acts.change {
		acts.all = append(acts.all, ui.NewRowAct(v.actOnRow(words.Edit), "/edit", ui.IconPencil), ui.NewRowAct(v.actOnRow(words.Archive), "/archive", ui.IconArchive))
		acts.own++
	}
	return acts
}

// on is what may be done to one of them.
func (a *rowActs) on(r *people.Row) (acts []ui.RowAct, restorable bool) {
	switch {
	case r.State == people.Archived:
		return a.all[:a.archived], a.change
	case r.ID == a.self:
		return a.all[:a.own], false
	}
	return a.all, false
}

// actOnRow is a sentence about an act and whom it is done to.
func (v *visit) actOnRow(act string) string {
	return v.say.T("page.people.act", "Act", act, "Name", ui.Hole)
}

var mailShapes = map[string]ui.Shape{"queued": ui.Waiting, "sent": ui.Good, "refused": ui.Stopped, "void": ui.Quiet}

// mailNote says in short what became of a letter.
func (v *visit) mailNote(m *people.Sending) string {
	return v.say.T("page.people.mail."+m.State, "Ago", v.say.Ago(m.At, v.now))
}

// sortedName is a name as lists that are sorted by it say it.
func sortedName(family, given string) string { return family + ", " + given }

// joined puts a middle dot between what is there.
func joined(parts ...string) string {
	var b strings.Builder
	b.Grow(64)
	for _, p := range parts {
		if p != "" && b.Len() > 0 {
			b.WriteString(" · ")
		}
		b.WriteString(p)
	}
	return b.String()
}
