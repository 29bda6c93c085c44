package portal

import (
	"context"
	"strconv"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/roles"
	"habilis/web/page"
	"habilis/web/ui"
)

// wayOut is a role's way out of the catalogue, or back into it: its page and act,
// and how the window speaks of it.
type wayOut struct {
	path, words string // "/retire", "page.catalogue.retire"
	tone        ui.Tone
	ask         func(context.Context, access.Actor, uuid.UUID) (*roles.RetirePage, error)
	do          func(context.Context, access.Actor, uuid.UUID, roles.SentDefinition) error
}

func (s *Server) leaving() wayOut {
	return wayOut{"/retire", "page.catalogue.retire", ui.Danger, s.Roles.Retiring, s.Roles.Retire}
}

func (s *Server) returning() wayOut {
	return wayOut{"/reinstate", "page.catalogue.reinstate", ui.Primary, s.Roles.Reinstating, s.Roles.Reinstate}
}

// retireForm asks whether a role leaves the catalogue.
func (s *Server) retireForm(v *visit) error { return v.askWay(s.leaving(), form.With()) }

// reinstateForm asks whether a retired role comes back to it.
func (s *Server) reinstateForm(v *visit) error { return v.askWay(s.returning(), form.With()) }

// retire takes a role out of the catalogue.
func (s *Server) retire(v *visit) error { return v.takeWay(s.leaving()) }

// reinstate puts a retired role back into it.
func (s *Server) reinstate(v *visit) error { return v.takeWay(s.returning()) }

func (v *visit) askWay(way wayOut, f *form.Form) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	found, err := way.ask(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	words, name := v.words(found.Standing), v.text(found.Role.Name)
	title := v.say.T(way.words+".title", "Role", name)
	view := page.PassageView{
		Window:  ui.WindowFrame{Title: title, Close: v.rolePage(id)},
		Action:  v.rolePage(id) + way.path,
		Version: strconv.Itoa(found.Role.Version), Submission: v.submission(f).String(),
		Facts: []string{
			v.say.T(way.words + ".given"),
			v.say.T(way.words+".holders", "People", v.countHolders(words, found.Holders)),
		},
		Keep: v.say.T("page.cancel"), Do: ui.Act{Label: v.say.T(way.words), Tone: way.tone},
	}
	for _, refused := range found.Refused {
		view.Refused = append(view.Refused, v.whyBefore(refused))
	}
	if found.Final {
		view.Facts = append(view.Facts, v.say.T(way.words+".final"))
	}
	if found.Invitations > 0 {
		view.Facts = append(view.Facts, v.say.T(way.words+".invitations", "Count", found.Invitations))
	}
	window := page.Passage(v.frame(found.Standing, inRoles, title), f, view, v.inWindow())
	if f.OK() {
		return v.ok(window)
	}
	return v.again(f, window)
}

func (v *visit) takeWay(way wayOut) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	err = way.do(v.ctx(), v.actor(), id, roles.SentDefinition{Version: version(f), Submission: v.submission(f)})
	if fault.Is(err, fault.KindConflict) || fault.Is(err, fault.KindInvalid) {
		f.Fail(err)
		return v.askWay(way, f)
	}
	if err != nil {
		return err
	}
	taken, err := v.Roles.Defining(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	return v.done(v.rolePage(id), v.say.T(way.words+".done", "Role", v.text(taken.Role.Name)))
}
