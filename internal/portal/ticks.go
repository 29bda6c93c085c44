package portal

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/people"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// The fields of roles: the one that is chosen; or, where several are, those ticked
// now, and those that were when the boxes were shown.
const (
	fieldRole    = "role"
	fieldSeveral = "several"
	fieldTicks   = "roles"
	fieldShown   = "shown"
)

// ticked reads the boxes of roles.
func ticked(f *form.Form) roles.Ticked {
	return roles.Ticked{Roles: identifiers(f.All(fieldTicks)), Before: identifiers(f.All(fieldShown))}
}

// identifiers are the texts that are identifiers.
func identifiers(texts []string) []uuid.UUID {
	var ids []uuid.UUID
	for _, text := range texts {
		if id, err := uuid.Parse(text); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

func texts(ids []uuid.UUID) []string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = id.String()
	}
	return all
}

// tickCards are the boxes of roles, of which gaveWay could not stay.
func (v *visit) tickCards(choices []ui.Choice, legend string, f *form.Form, gaveWay []*rights.Role) *ui.Ticks {
	t := &ui.Ticks{
		Cards: ui.Cards{Name: fieldTicks, Legend: legend, Choices: choices},
		Boxes: fieldShown, Shown: f.Values[fieldTicks],
		SaidOne: v.say.T("page.roles.unticked.one", "N", "{n}", "Names", "{names}"), SaidOther: v.say.T("page.roles.unticked.other", "N", "{n}", "Names", "{names}"),
		Undo: v.say.T("page.roles.put_back"), Undone: v.say.T("page.roles.back"),
	}
	t.Said = v.unticked(gaveWay)
	return t
}

// unticked names the roles that gave way to another.
func (v *visit) unticked(gaveWay []*rights.Role) string {
	names := make([]string, len(gaveWay))
	for i, r := range gaveWay {
		names[i] = v.text(r.Name)
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return v.say.T("page.roles.unticked.one", "N", "1", "Names", names[0])
	}
	return v.say.T("page.roles.unticked.other", "N", strconv.Itoa(len(names)), "Names", strings.Join(names, ", "))
}

// settleOffer leaves ticked, of the roles of someone to come, those that can be
// held together: what gave way to another is named, and confirmed by sending the
// form once more.
func (v *visit) settleOffer(offer people.RoleOffer, f *form.Form) []*rights.Role {
	var of []*rights.Role
	for _, c := range offer.Choices {
		of = append(of, c.Role)
	}
	stay, gave := ticked(f).Settle(of)
	var gaveWay []*rights.Role
	for _, r := range of {
		if slices.Contains(gave, r.ID) {
			gaveWay = append(gaveWay, r)
		}
	}
	if len(gaveWay) > 0 {
		f.Values[fieldTicks] = texts(stay)
	}
	return gaveWay
}

// besideTicks puts what is wrong with the roles of a form beside the boxes, where
// it has boxes.
func besideTicks(f *form.Form) {
	for _, wrong := range f.Faults {
		if wrong.Field == fieldRole && f.Bool(fieldSeveral) {
			wrong.Field = fieldTicks
		}
	}
}

// chosenRoles are the roles of a form in which one is chosen, or several ticked:
// then at least one is to be.
func chosenRoles(f *form.Form) []uuid.UUID {
	if !f.Bool(fieldSeveral) {
		return identifiers([]string{f.Get(fieldRole)})
	}
	chosen := ticked(f).Roles
	if len(chosen) == 0 {
		f.Fail(fault.Invalid(fieldTicks, "roles.nothing_ticked"))
	}
	return chosen
}

// offerTicks are the boxes of the roles that someone to come can be given.
func (v *visit) offerTicks(offer people.RoleOffer, f *form.Form, gaveWay []*rights.Role, words kinds.Words) *ui.Ticks {
	var cards []ui.Choice
	for _, c := range offer.Choices {
		card := ui.Choice{Value: c.ID.String(), Title: v.text(c.Name), Text: v.text(c.Description), Alone: c.Exclusive}
		if c.Refused != nil {
			card.Off = v.whyNot(offer.Areas, nil, words, c)
		}
		cards = append(cards, card)
	}
	t := v.tickCards(cards, words.RolesTitle, f, gaveWay)
	t.Preview, t.PreviewTarget = v.in("/people/new/role"), "role-meaning"
	t.Include = "closest fieldset, [name='until'], [name='promised'], [name^='cell.'], [name^='own.']"
	return t
}

// ticksMeaning is what several roles come to, together.
func (v *visit) ticksMeaning(s *access.Standing, offer people.RoleOffer, f *form.Form, words kinds.Words, promised bool) page.RoleMeaning {
	var chosen []*rights.Role
	for _, c := range offer.Choices {
		if f.Chose(fieldTicks, c.ID.String()) {
			chosen = append(chosen, c.Role)
		}
	}
	if len(chosen) == 0 {
		return page.RoleMeaning{Title: v.say.T("page.roles.nothing_ticked"), Description: v.say.T("page.roles.nothing_ticked.next")}
	}
	grids := make([]grid.Grid, len(chosen))
	for i, r := range chosen {
		grids[i] = r.Grid
	}
	meaning := v.meaningOf(s, offer, f, chosen[0], grid.Join(grids...), words)
	names := make([]string, len(chosen))
	for i, r := range chosen {
		names[i] = v.text(r.Name)
	}
	meaning.Title = strings.Join(names, ", ")
	if len(chosen) > 1 {
		meaning.Description, meaning.Note = v.say.T("page.roles.together"), ""
	}
	v.term(&meaning, s, chosen, promised)
	return meaning
}

// term says when what is given ends by itself, and lets one choose an earlier day;
// what is promised ends so long after it was accepted.
func (v *visit) term(m *page.RoleMeaning, s *access.Standing, chosen []*rights.Role, promised bool) {
	if !promised {
		m.End = v.endField(s, roles.Latest(chosen, s.Now))
		return
	}
	for _, r := range chosen {
		if r.ExpiresAfter > 0 {
			m.Note = v.say.T("page.roles.term", "Count", days(r.ExpiresAfter))
		}
	}
}

func days(d time.Duration) int { return int(d / (24 * time.Hour)) }

// impersonal says of what opens something, and no personal data, that it doesn't.
func (v *visit) impersonal(g grid.Grid) string {
	for _, cell := range g {
		if cell.View > grid.None && v.kind.Impersonal(g) {
			return v.say.T("page.roles.impersonal")
		}
	}
	return ""
}

// The last day that a role can be given until, and any, as browsers send it.
const fieldUntil = "until"

// endField is the day on which roles that end by themselves do: as late as may be
// unless another is chosen. It is nil for roles without a planned end.
func (v *visit) endField(s *access.Standing, latest *time.Time) *ui.Input {
	if latest == nil {
		return nil
	}
	last := v.dayIn(s, *latest)
	return &ui.Input{
		Name: fieldUntil, Label: v.say.T("page.roles.end"), Type: "date", Min: v.dayIn(s, v.now), Max: last, Proposed: last,
		Hint: v.say.T("page.roles.end.hint", "Day", *latest),
	}
}

// dayIn is a day as forms send it, in the time zone of the place.
func (v *visit) dayIn(s *access.Standing, t time.Time) string {
	if zone := zoneOf(s.Tenant.TimeZone); zone != nil {
		t = t.In(zone)
	}
	return t.Format(time.DateOnly)
}

// chosenEnd is the end of the day that was chosen, in the time zone of the place;
// zero if none was.
func (v *visit) chosenEnd(f *form.Form) (time.Time, error) {
	typed := f.Get(fieldUntil)
	if typed == "" {
		return time.Time{}, nil
	}
	s, err := v.Tenants.Standing(v.ctx(), v.actor())
	if err != nil {
		return time.Time{}, err
	}
	zone := zoneOf(s.Tenant.TimeZone)
	if zone == nil {
		zone = time.UTC
	}
	day, err := time.ParseInLocation(time.DateOnly, typed, zone)
	if err != nil {
		f.Fail(fault.Invalid(fieldUntil, "roles.until_unreadable"))
		return time.Time{}, nil
	}
	return day.AddDate(0, 0, 1).Add(-time.Second), nil
}
