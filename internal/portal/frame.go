package portal

import (
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/grid"
	"habilis/internal/signin"
	"habilis/internal/tenants/kinds"
	"habilis/web/layout"
	"habilis/web/ui"
)

// bare is the frame of a screen outside places.
func (v *visit) bare(title string) layout.Frame {
	f := layout.Frame{
		Printer:    v.say,
		Title:      title,
		Now:        v.now,
		Path:       v.r.URL.Path,
		SupportURL: supportURL(v.Options.Support),
		Flash:      v.popFlash(),
		Demo:       v.Mailbox != nil,
	}
	if v.remembers { // else there is nobody to ask for one
		f.Passkeys = v.Signin.PasskeyOrigin()
		f.Lost = v.lost()
	}
	return f
}

// own is the frame of a signed-in person's own screens, outside places.
func (v *visit) own(title, given, family string) layout.Frame {
	f := v.bare(title)
	f.AccountURL = "/account"
	f.Person = &layout.Person{Name: given + " " + family, Initials: ui.Initials(given, family)}
	return f
}

// desk is the frame of an account's own screens. An operator's support is its queue.
func (v *visit) desk(title string, p signin.Person) layout.Frame {
	f := v.own(title, p.Given, p.Family)
	if p.Operator {
		f.SupportURL = "/support"
	}
	places, err := v.Signin.Places(v.ctx(), v.signed)
	if err != nil { // the page is whole without that menu
		v.log.Error("a menu lacks the places", "request", originOf(v.r).id, "error", err)
	}
	for _, p := range places {
		f.Places = append(f.Places, v.placeLink(p))
	}
	return f
}

// words are the words of the place's kind, in the reader's language.
func (v *visit) words(s *access.Standing) kinds.Words {
	return v.Tenants.Words(s.Tenant.Kind, v.say.Locale())
}

// section is where a page stands in the menus.
type section int

const (
	nowhere section = iota - 1
	inDashboard
	inPeople
	inRoles
	inInvitations
	inRecords
	inSettings
	inJournal
	inWho
)

// frame is the frame of a page in a place, for what the standing may see. It
// puts the visit's clock into the place's time zone.
func (v *visit) frame(s *access.Standing, at section, title string) layout.Frame {
	if zone := zoneOf(s.Tenant.TimeZone); zone != nil {
		v.say = v.say.In(zone)
	}
	words := v.words(s)
	var f layout.Frame
	if s.Stay == nil {
		f = v.own(title, s.Resource.Given, s.Resource.Family)
	} else {
		f = v.asGuest(s.Stay, title)
	}
	f.Path = v.r.URL.RequestURI()
	if v.r.Method != "GET" {
		f.Path = v.base() + "/"
	}
	f.Place = v.place(s, words)
	if s.Stay != nil {
		f.Place.Hat = v.say.T("stay.hat")
	}
	f.Places = v.otherPlaces(s)
	f.Nav = v.nav(s, words, at)
	f.SubNav = v.subNav(s, words, at)
	if opens(s, access.People) {
		f.SearchAction, f.SearchLabel = v.in("/people"), words.Search
	}
	if s.Tenant.Support != "" && !v.guest {
		f.SupportURL = supportURL(s.Tenant.Support)
	}
	return f
}

// knownZones are the time zones met so far, by name: each is a file to be read.
var knownZones sync.Map

// zoneOf is nil for a name that means nothing, which isn't remembered.
func zoneOf(name string) *time.Location {
	if zone, ok := knownZones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	knownZones.Store(name, zone)
	return zone
}

func (v *visit) place(s *access.Standing, words kinds.Words) *layout.Place {
	place := &layout.Place{
		Name:       s.Tenant.Name,
		Number:     v.numbered(s.Tenant.Number),
		NumberLine: kinds.Fill(words.NumberLine, "n", s.Tenant.Number),
		Base:       v.base(),
		Hat:        words.NoRole,
	}
	if len(s.Roles) > 1 {
		place.Hats = append(place.Hats, layout.HatChoice{ID: uuid.Nil.String(), Name: v.say.T("portal.all_roles"), Current: s.Hat == uuid.Nil})
	}
	var acting []string
	for _, r := range s.Roles {
		name := v.either(r.NameFr, r.NameEn)
		worn := s.Hat == r.ID || s.Hat == uuid.Nil && len(s.Roles) == 1
		if s.Hat == uuid.Nil || worn {
			acting = append(acting, name)
		}
		place.Hats = append(place.Hats, layout.HatChoice{ID: r.ID.String(), Name: name, Current: worn})
	}
	if len(acting) > 0 {
		place.Hat = strings.Join(acting, ", ")
	}
	return place
}

func (v *visit) otherPlaces(s *access.Standing) []layout.PlaceLink {
	var links []layout.PlaceLink
	for _, p := range s.Places {
		links = append(links, v.placeLink(p))
	}
	return links
}

// numbered is the number of a place, as people of any kind of place say it.
func (v *visit) numbered(number string) string { return v.say.T("portal.number", "Number", number) }

func (v *visit) placeLink(p access.Place) layout.PlaceLink {
	names := p.RolesFr
	if !v.say.Locale().French() {
		names = p.RolesEn
	}
	link := layout.PlaceLink{Name: p.Name, Number: v.numbered(p.Number), URL: "/p/" + p.Number + "/"}
	for i, id := range p.RoleIds {
		link.Hats = append(link.Hats, layout.HatChoice{ID: id.String(), Name: names[i]})
	}
	return link
}

func (v *visit) nav(s *access.Standing, words kinds.Words, at section) []layout.NavItem {
	items := []layout.NavItem{{Label: v.say.T("portal.dashboard"), URL: v.in("/"), Current: at == inDashboard}}
	if sub := v.subNav(s, words, inPeople); len(sub) > 0 {
		items = append(items, layout.NavItem{Label: words.Configuration, URL: sub[0].URL, Current: at > inDashboard && at < inJournal})
	}
	if audit.NeedWho.Met(s.Grid) && !v.guest {
		items = append(items, layout.NavItem{Label: v.say.T("page.audit.who"), URL: v.in("/who"), Current: at == inWho})
	}
	if opens(s, access.Journal) {
		items = append(items, layout.NavItem{Label: v.say.T("portal.journal"), URL: v.in("/journal"), Current: at == inJournal})
	}
	return items
}

// subNav are the tabs of the menu Configuration that the standing may open.
func (v *visit) subNav(s *access.Standing, words kinds.Words, at section) []ui.Link {
	if at <= inDashboard || at >= inJournal {
		return nil
	}
	var links []ui.Link
	add := func(area grid.Area, where section, label, path string) {
		if opens(s, area) {
			links = append(links, ui.Link{Label: label, URL: v.in("%s", path), Current: at == where})
		}
	}
	add(access.People, inPeople, words.PeopleTitle, "/people")
	add(access.Roles, inRoles, words.RolesTitle, "/roles")
	add(access.People, inInvitations, v.say.T("portal.invitations"), "/invitations")
	add(access.Records, inRecords, words.RecordsTitle, "/records")
	add(access.Settings, inSettings, words.SettingsTitle, "/settings")
	return links
}

func opens(s *access.Standing, area grid.Area) bool { return access.ViewOf(area).Met(s.Grid) }

// may reports whether the standing may change an area: what it may not is not offered.
func may(s *access.Standing, area grid.Area) bool { return access.EditOf(area, "").Met(s.Grid) }

// either is the one of two texts that is in the reader's language.
func (v *visit) either(fr, en string) string {
	if v.say.Locale().French() {
		return v.say.Regional(fr)
	}
	return en
}

// supportURL makes a link of a support address.
func supportURL(address string) string {
	if strings.Contains(address, "@") && !strings.Contains(address, "://") {
		return "mailto:" + address
	}
	return address
}

// lost says, while something is still to be shown or chosen, that what was sent before
// that was not saved.
func (v *visit) lost() string {
	if v.session.account == uuid.Nil || v.session.whole() || !v.sessions.GetBool(v.ctx(), keyUnsaved) {
		return ""
	}
	if v.session.stage == signin.StageChoose {
		return v.say.T("signin.unsaved.choose")
	}
	return v.say.T("signin.unsaved.factor")
}

// popFlash is what was just done, said once.
func (v *visit) popFlash() string {
	if !v.remembers || !v.sessions.Exists(v.ctx(), keyFlash) {
		return ""
	}
	return v.sessions.PopString(v.ctx(), keyFlash)
}
