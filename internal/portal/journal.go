package portal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/journal"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// journalPage lists who did what to whom in the place.
func (s *Server) journalPage(v *visit) error {
	if err := v.noteReading(); err != nil {
		return err
	}
	filter := v.journalFilter()
	found, err := s.Journal.List(v.ctx(), v.actor(), filter)
	if err != nil {
		return err
	}
	if len(found.Meant) == 1 {
		filter.Person, filter.Who = found.Meant[0].ID, ""
		return v.goTo(v.journalURL(filter))
	}
	frame := v.frame(found.Standing, inJournal, v.say.T("portal.journal"))
	return v.ok(page.Journal(frame, v.journalView(found, filter)))
}

// noteReading records, once a session or a stay, that the journal was read.
func (v *visit) noteReading() error {
	key, reader := keyRead+v.tenant.String(), v.actor()
	if v.guest {
		key = keyReadAsGuest + v.tenant.String()
	}
	if v.sessions.GetBool(v.ctx(), key) {
		return nil
	}
	if v.guest { // a guest does nothing: support notes that it read
		if _, err := v.Tenants.Standing(v.ctx(), reader); err != nil {
			return err
		}
		reader = v.signed.Helping(v.tenant)
	}
	if err := v.Journal.NoteReading(v.ctx(), reader); err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), key, true)
	return nil
}

// journalFilter reads the journal's address. What means nothing narrows nothing.
func (v *visit) journalFilter() journal.Filter {
	filter := journal.Filter{Who: v.query("who"), Act: v.query("act"), Result: v.query("result")}
	filter.Person, _ = uuid.Parse(v.query("person"))
	filter.Before, _ = strconv.ParseInt(v.query("before"), 10, 64)
	if !slices.Contains(journal.Areas, filter.Act) {
		filter.Act = ""
	}
	if filter.Result != "refused" {
		filter.Result = ""
	}
	return filter
}

// journalURL is the address that [visit.journalFilter] reads back.
func (v *visit) journalURL(f journal.Filter) string {
	q := url.Values{}
	if f.Person != uuid.Nil {
		q.Set("person", f.Person.String())
	}
	if f.Act != "" {
		q.Set("act", f.Act)
	}
	if f.Result != "" {
		q.Set("result", f.Result)
	}
	if f.Before != 0 {
		q.Set("before", strconv.FormatInt(f.Before, 10))
	}
	if len(q) == 0 {
		return v.in("/journal")
	}
	return v.in("/journal") + "?" + q.Encode()
}

func (v *visit) journalView(found *journal.Page, f journal.Filter) page.JournalView {
	view := page.JournalView{Person: visible(found.Name)}
	if f.Before != 0 {
		first := f
		first.Before = 0
		view.Newest = v.journalURL(first)
	}
	if found.Next != 0 {
		older := f
		older.Before = found.Next
		view.Older = v.journalURL(older)
	}
	f.Before = 0
	who := f.Who
	f.Who = ""
	anyone := f
	anyone.Person = uuid.Nil
	view.PersonClear = v.journalURL(anyone)
	view.Find = v.journalFind(found, anyone, who)
	view.Menus = []ui.Filter{v.actMenu(f), v.resultMenu(f)}
	for _, line := range found.Lines {
		view.Lines = append(view.Lines, v.journalLine(line, v.sheets(found.Standing)))
	}
	return view
}

// journalFind chooses the person whose acts the journal shows, by name.
func (v *visit) journalFind(found *journal.Page, anyone journal.Filter, who string) page.JournalFind {
	find := page.JournalFind{Action: v.in("/journal"), Typed: who, More: found.More}
	for name, value := range map[string]string{"act": anyone.Act, "result": anyone.Result} {
		if value != "" {
			find.Kept = append(find.Kept, ui.Hidden{Name: name, Value: value})
		}
	}
	for _, n := range found.Meant {
		anyone.Person = n.ID
		find.Meant = append(find.Meant, ui.Link{Label: joined(visible(n.Name), visible(n.Username)), URL: v.journalURL(anyone)})
	}
	return find
}

func (v *visit) actMenu(f journal.Filter) ui.Filter {
	return v.roomMenu(f.Act, func(room string) string {
		f.Act = room
		return v.journalURL(f)
	})
}

// roomMenu narrows a list of acts to those of one room, whose address url gives; that
// of all of them for none.
func (v *visit) roomMenu(chosen string, url func(room string) string) ui.Filter {
	menu := ui.Filter{Label: v.say.T("page.journal.kind"), Clear: url("")}
	for _, room := range journal.Areas {
		label := v.say.T("page.journal.room." + room)
		menu.Options = append(menu.Options, ui.Link{Label: label, URL: url(room), Current: chosen == room})
		if chosen == room {
			menu.Chosen = label
		}
	}
	return menu
}

func (v *visit) resultMenu(f journal.Filter) ui.Filter {
	menu := ui.Filter{Label: v.say.T("page.journal.result")}
	with := f
	with.Result = "refused"
	label := v.say.T("page.journal.refusals")
	menu.Options = []ui.Link{{Label: label, URL: v.journalURL(with), Current: f.Result != ""}}
	if f.Result != "" {
		menu.Chosen = label
	}
	f.Result = ""
	menu.Clear = v.journalURL(f)
	return menu
}

// sheets is where the sheets of the place's people are, for who sees them; nil for
// who doesn't.
func (v *visit) sheets(s *access.Standing) func(uuid.UUID) string {
	if !opens(s, access.People) {
		return nil
	}
	return func(id uuid.UUID) string { return v.personPath(id, "") }
}

func sheetIn(number string) func(uuid.UUID) string {
	return func(id uuid.UUID) string { return "/p/" + number + "/people/" + id.String() }
}

// journalLine says an act. sheet is the address of someone's sheet, nil when it would
// not be shown.
func (v *visit) journalLine(line journal.Line, sheet func(uuid.UUID) string) page.JournalLine {
	said := page.JournalLine{
		At: line.At, Refused: line.Result == "refused", RequestID: visible(line.RequestID), Address: visible(line.Facts.Address),
		Whom: visible(line.Facts.Label), Changes: v.changesOf(line.Facts), Reason: v.journalReason(line),
	}
	said.What = v.say.T("journal.act."+line.Act, "Refused", said.Refused)
	said.Who, said.As = v.journalActor(line)
	switch {
	case line.Act == "signin.hat" && said.Whom == "" && !said.Refused:
		said.Whom = v.say.T("page.journal.all_roles")
	case ofOneself(line):
		said.Whom = "" // it is who acted
	}
	said.Initials, said.Icon = ui.Initials(strings.Fields(said.Who)...), officeIcons[line.ActorKind]
	if line.TargetKind == "resource" && line.Target != nil && !ofOneself(line) {
		said.Whom = cmp.Or(said.Whom, v.say.T("page.journal.erased"))
		if sheet != nil {
			said.WhomURL = sheet(*line.Target)
		}
	}
	if said.Refused && said.Whom != "" {
		said.What = v.say.T("page.journal.aimed", "What", said.What)
	}
	return said
}

// ofOneself reports a line whose target is who acted.
func ofOneself(line journal.Line) bool {
	return line.Act == "signin.arrive" || line.Act == "people.leave" || line.Act == "people.own_phone" || strings.HasPrefix(line.Act, "account.")
}

var officeIcons = map[string]ui.Icon{
	"support": ui.IconQuestion, "console": ui.IconKey, "mailer": ui.IconMail, "clock": ui.IconClock,
}

// journalActor is who acted, and as what.
func (v *visit) journalActor(line journal.Line) (who, as string) {
	office := v.say.T("page.journal.by." + line.ActorKind)
	name := visible(line.Facts.Actor)
	switch {
	case line.ActorKind == "person" && name == "":
		return v.say.T("page.journal.erased"), ""
	case line.ActorKind == "person":
		return name, cmp.Or(visible(line.Facts.Hat), v.say.T("page.journal.all_roles"))
	case name == "":
		return office, v.say.T("page.journal.office")
	}
	return name, office
}

// journalReason is what was given as the reason: a person's words, or, for a
// refusal of the portal itself, the message that it answered with.
func (v *visit) journalReason(line journal.Line) string {
	switch reason := line.Facts.Reason; {
	case reason == "":
		return ""
	case line.Result == "refused" && v.say.Has(reason):
		return v.say.Message(reason, nil)
	default:
		return v.say.T("page.roles.quote", "Text", visible(reason))
	}
}

// changesOf puts what was before and after side by side, field by field.
func (v *visit) changesOf(facts journal.Facts) []page.JournalChange {
	before, after := fieldsOf(facts.Before), fieldsOf(facts.After)
	names := maps.Clone(after)
	maps.Copy(names, before)
	var changes []page.JournalChange
	if after["attempts"] == 1.0 {
		delete(names, "attempts") // nothing to tell
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, is := v.fact(name, before[name]), v.fact(name, after[name])
		if was == is {
			continue
		}
		changes = append(changes, page.JournalChange{Field: v.fieldName(name), Was: was, Is: is})
	}
	return changes
}

// fieldsOf reads what the journal keeps of one side of a change: an object, or
// one value without a name.
func fieldsOf(raw json.RawMessage) map[string]any {
	fields := map[string]any{}
	if len(raw) == 0 {
		return fields
	}
	if json.Unmarshal(raw, &fields) != nil {
		var value any
		if json.Unmarshal(raw, &value) == nil {
			return map[string]any{"": value}
		}
	}
	return fields
}

func (v *visit) fieldName(name string) string {
	if name == "" {
		return ""
	}
	key := "page.journal.field." + name
	if !v.say.Has(key) {
		return visible(name) + " :"
	}
	return v.say.T(key)
}

// fact is a value of the journal as people read it.
func (v *visit) fact(name string, value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case bool:
		if value {
			return v.say.T("page.yes")
		}
		return v.say.T("page.no")
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case []any:
		parts := make([]string, len(value))
		for i, part := range value {
			parts[i] = v.fact(name, part)
		}
		if len(parts) == 0 {
			return v.say.T("page.journal.nothing")
		}
		return strings.Join(parts, ", ")
	case string:
		if said := v.codeInWords(name, value); said != "" {
			return said
		}
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return v.say.DateTime(at)
		}
		return visible(value)
	}
	encoded, _ := json.Marshal(value) // it was JSON
	return visible(string(encoded))
}

// codeInWords is what the journal keeps by its code, as people call it; empty for
// what is no code.
func (v *visit) codeInWords(name, value string) string {
	switch {
	case name == "template":
		return v.letterName(value)
	case name == "locale" && i18n.Locale(value).Valid():
		return i18n.Locale(value).Name()
	case name == "kind":
		if kind, ok := v.Tenants.Kinds().Kind(value); ok {
			return v.either(kind.Name.Fr, kind.Name.En)
		}
	case name == "flags" && value != "":
		named := strings.Fields(value)
		for i, key := range named {
			named[i] = cmp.Or(v.flagName(key), visible(key))
		}
		return strings.Join(named, ", ")
	}
	for _, key := range []string{"page.journal.value." + name + "." + value, "page.settings.word." + name + "." + value} {
		if value != "" && v.say.Has(key) {
			return v.say.T(key)
		}
	}
	return ""
}

// flagName is what a box of the sheet is called by the kind of the place, else, outside
// places, by whichever has it.
func (v *visit) flagName(key string) string {
	for _, kind := range append([]kinds.Kind{v.kind}, v.Tenants.Kinds()...) {
		for _, flag := range kind.Flags {
			if flag.Key == key {
				return v.either(flag.Name.Fr, flag.Name.En)
			}
		}
	}
	return ""
}

// visible writes out the characters that a reader would not see, or that would
// change the order of what they read: controls, direction marks, zero widths.
func visible(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, "\\u{%04X}", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
}
