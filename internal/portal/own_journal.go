package portal

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/account"
	"habilis/internal/journal"
	"habilis/web/page"
	"habilis/web/ui"
)

const pathOwnJournal = "/account/journal"

// ownJournal lists what was done by who asks, and on them, wherever that was.
func (s *Server) ownJournal(v *visit) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	filter := v.lineFilter()
	found, err := s.Account.Lines(v.ctx(), v.signed, filter)
	if err != nil {
		return err
	}
	return v.ok(page.OwnJournal(v.desk(v.say.T("account.journal.title"), person), v.ownJournalView(found, filter)))
}

// lineFilter reads the address of one's own journal. What means nothing narrows nothing.
func (v *visit) lineFilter() account.LineFilter {
	f := account.LineFilter{Room: v.query("act"), Place: v.query("place"), Before: markOf(v.query("before"))}
	if !slices.Contains(journal.Areas, f.Room) {
		f.Room = ""
	}
	return f
}

// ownJournalURL is the address that [visit.lineFilter] reads back.
func ownJournalURL(f account.LineFilter) string {
	q := url.Values{}
	if f.Room != "" {
		q.Set("act", f.Room)
	}
	if f.Place != "" {
		q.Set("place", f.Place)
	}
	if !f.Before.At.IsZero() {
		q.Set("before", fmt.Sprintf("%d.%s.%d", f.Before.At.UnixMicro(), f.Before.Tenant, f.Before.N))
	}
	if len(q) == 0 {
		return pathOwnJournal
	}
	return pathOwnJournal + "?" + q.Encode()
}

// markOf reads where a page begins; the zero Mark for what is none.
func markOf(typed string) account.Mark {
	parts := strings.Split(typed, ".")
	if len(parts) != 3 {
		return account.Mark{}
	}
	at, err := strconv.ParseInt(parts[0], 10, 64)
	if err != nil || at <= 0 || at > farthest {
		return account.Mark{}
	}
	tenant, err := uuid.Parse(parts[1])
	if err != nil {
		return account.Mark{}
	}
	n, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || n < 0 {
		return account.Mark{}
	}
	return account.Mark{At: time.UnixMicro(at), Tenant: tenant, N: n}
}

// farthest is the last instant that a mark may have, in microseconds: the year 9999.
const farthest = 253_402_300_799_000_000

func (v *visit) ownJournalView(found *account.LinePage, f account.LineFilter) page.OwnJournalView {
	view := page.OwnJournalView{Tabs: v.ownTabs()}
	if !f.Before.At.IsZero() {
		first := f
		first.Before = account.Mark{}
		view.Newest = ownJournalURL(first)
	}
	if found.Next != nil {
		older := f
		older.Before = *found.Next
		view.Older = ownJournalURL(older)
	}
	f.Before = account.Mark{}
	view.Menus = []ui.Filter{v.ownRooms(f), v.ownPlacesMenu(f, found.Places)}
	for _, p := range found.Locked {
		view.Locked = append(view.Locked, ui.Link{Label: p.Name, URL: "/p/" + p.Number + "/"})
	}
	for _, line := range found.Lines {
		view.Lines = append(view.Lines, v.ownLine(line))
	}
	return view
}

func (v *visit) ownRooms(f account.LineFilter) ui.Filter {
	return v.roomMenu(f.Room, func(room string) string {
		f.Room = room
		return ownJournalURL(f)
	})
}

func (v *visit) ownPlacesMenu(f account.LineFilter, places []access.Place) ui.Filter {
	menu := ui.Filter{Label: v.say.T("account.journal.place")}
	offer := func(number, label string) {
		chosen := f.Place == number
		if chosen {
			menu.Chosen = label
		}
		with := f
		with.Place = number
		menu.Options = append(menu.Options, ui.Link{Label: label, URL: ownJournalURL(with), Current: chosen})
	}
	offer(account.Outside, v.say.T("account.journal.outside"))
	for _, p := range places {
		offer(p.Number, p.Name)
	}
	f.Place = ""
	menu.Clear = ownJournalURL(f)
	return menu
}

// ownLine says a line as the journal of its place does, and where that is.
func (v *visit) ownLine(line account.Line) page.OwnLine {
	var sheet func(uuid.UUID) string
	if line.Sheets {
		sheet = sheetIn(line.Place.Number)
	}
	said := page.OwnLine{JournalLine: v.journalLine(line.Line, sheet), Mine: line.Mine, Where: v.say.T("account.journal.outside")}
	if line.Place != nil {
		said.Where, said.WhereURL = line.Place.Name, "/p/"+line.Place.Number+"/"
	}
	if line.Unnamed && line.ActorKind == "person" {
		said.Who, said.As, said.Initials, said.Icon = v.say.T("account.places.by_someone"), "", "", ui.IconUser
	}
	if line.Facts.Agent != "" {
		said.Device = v.browser(line.Facts.Agent)
	}
	return said
}
