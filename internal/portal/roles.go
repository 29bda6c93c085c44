package portal

import (
	"strings"

	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// heldRoles is « Liste des permissions »: a window, and the tab of a sheet.
func (s *Server) heldRoles(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	held, err := s.Roles.List(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	title := v.say.T("page.roles.list")
	frame := v.sheetFrame(held.Standing, title, held.Person.Name())
	view := v.heldView(held)
	if v.inWindow() {
		return v.ok(page.HeldWindow(frame, v.personWindow(&held.Person.Person, title, held.Person.Name(), v.personPath(id, "")), view))
	}
	return v.ok(page.HeldPage(frame, v.headOf(held.Standing, &held.Person.Person, onRoles), view))
}

func (v *visit) heldView(held *roles.ListPage) page.HeldView {
	words := v.words(held.Standing)
	view := page.HeldView{
		RoleLabel: words.RoleLabel,
		NoRole:    words.NoRole,
		Closed:    v.whyBefore(held.Refused),
		Grid:      v.gridView(held.Standing, v.say.T("page.roles.all"), held.Areas, held.Grid, nil),
	}
	for _, m := range held.Modules {
		module := page.HeldModule{Name: v.text(m.Name)}
		for _, g := range m.Grants {
			module.Roles = append(module.Roles, v.heldRole(held, words, g.Grant))
		}
		view.Modules = append(view.Modules, module)
	}
	for _, p := range held.Pending {
		view.Pending = append(view.Pending, v.pendingRole(held, p))
	}
	for _, r := range held.Denied {
		view.Denied = append(view.Denied, page.DeniedRole{Role: v.text(r.Role.Name), By: r.By, Reason: r.Reason, At: r.At})
	}
	if held.Refused == nil {
		view.Acts = v.roleActs(held, words)
	}
	return view
}

// pendingRole is what support was asked for, and the way to take it back.
func (v *visit) pendingRole(held *roles.ListPage, p roles.Pending) page.PendingRole {
	pending := page.PendingRole{Role: v.text(p.Role.Name), By: p.By, Note: p.Note, At: p.At}
	if !v.guest && roles.NeedWithdrawRequest.Met(held.Standing.Grid) {
		pending.Withdraw = &page.Post{Label: v.say.T("page.request.withdraw"), URL: v.personPath(held.Person.ID, "/request/"+p.ID.String()+"/withdraw")}
	}
	return pending
}

func (v *visit) heldRole(held *roles.ListPage, words kinds.Words, g rights.Grant) page.HeldRole {
	role := page.HeldRole{Name: v.text(g.Role.Name), Description: v.text(g.Role.Description), Since: g.Since, Until: g.Until, By: v.by(g.By)}
	if held.Refused != nil {
		return role
	}
	path := v.rolePath(held.Person.ID, g.ID)
	if g.Until != nil && g.Role.ExpiresAfter > 0 {
		role.Prolong = ui.Act{Label: v.say.T("page.roles.which", "Act", v.say.T("page.prolong"), "Role", role.Name), URL: path + "/prolong", How: ui.InWindow, Icon: ui.IconClock}
	}
	role.Change = ui.Act{Label: v.say.T("page.roles.which", "Act", words.ChangeRole, "Role", role.Name), URL: path, How: ui.InWindow, Icon: ui.IconPencil}
	role.End = ui.Act{Label: v.say.T("page.roles.which", "Act", words.EndRole, "Role", role.Name), URL: path + "/end", How: ui.InWindow, Icon: ui.IconClose}
	return role
}

// roleActs are the ways to one more role: to give one, or to ask support for one.
func (v *visit) roleActs(held *roles.ListPage, words kinds.Words) []ui.Act {
	acts := []ui.Act{{Label: words.AddRole, URL: v.personPath(held.Person.ID, "/roles/new"), How: ui.InWindow, Icon: ui.IconPlus, Tone: ui.Primary}}
	for _, c := range held.Choices {
		if c.MayAsk {
			acts = append(acts, v.requestAct(words, held.Person.ID, c.ID, v.text(c.Name)))
		}
	}
	return acts
}

// requestAct opens the window in which support is asked for a role.
func (v *visit) requestAct(words kinds.Words, person, role uuid.UUID, name string) ui.Act {
	return ui.Act{Label: kinds.Fill(words.RequestRole, "role", name), URL: v.requestPath(person, role), How: ui.InWindow}
}

// personWindow is the frame of a window about a person.
func (v *visit) personWindow(p *rights.Person, title, subtitle, under string) ui.WindowFrame {
	return ui.WindowFrame{Title: title, Subtitle: subtitle, Initials: ui.Initials(p.Given, p.Family), Close: under, Wide: true}
}

func (v *visit) personPath(id uuid.UUID, rest string) string { return v.in("/people/%s%s", id, rest) }

func (v *visit) rolePath(person, grant uuid.UUID) string {
	return v.personPath(person, "/roles/"+grant.String())
}

func (v *visit) requestPath(person, role uuid.UUID) string {
	return v.personPath(person, "/request?role="+role.String())
}

// toldByMail says that the person will be told, if they can be.
func (v *visit) toldByMail(p *roles.Person) string {
	if p.Email == "" {
		return v.say.T("page.roles.not_told")
	}
	return v.say.T("page.roles.told")
}

// by is who made something so.
func (v *visit) by(by rights.By) string {
	switch by.Kind {
	case "support":
		return v.say.T("page.by.support")
	case "console":
		return v.say.T("page.by.console")
	}
	return by.Name
}

// text is a text of the place in the reader's language.
func (v *visit) text(t kinds.Text) string { return v.either(t.Fr, t.En) }

// whyBefore says why a change of roles may not be made, before it was tried.
func (v *visit) whyBefore(f *fault.Fault) string {
	if f == nil {
		return ""
	}
	_, reason, _ := strings.Cut(f.Key, ".")
	if key := "page.roles.why." + reason; v.say.Has(key) {
		return v.say.Message(key, f.Args)
	}
	return v.why(f)
}

// why puts a fault into words; none is empty.
func (v *visit) why(f *fault.Fault) string {
	if f == nil {
		return ""
	}
	return v.say.Message(f.Key, f.Args)
}
