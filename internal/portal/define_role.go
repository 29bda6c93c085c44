package portal

import (
	"strconv"

	"github.com/google/uuid"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/grid"
	"habilis/internal/roles"
)

// newRole is the form of a new role.
func (s *Server) newRole(v *visit) error {
	found, err := s.Roles.Defining(v.ctx(), v.actor(), uuid.Nil)
	if err != nil {
		return err
	}
	d := roles.Definition{Grid: grid.Grid{}}
	if len(found.Catalogue.Modules) > 0 {
		d.Module = found.Catalogue.Modules[0].Key
	}
	return v.ok(v.roleForm(found, d, formOfRole(d, nil), nil))
}

// copyRole is the form of a new role that starts from another.
func (s *Server) copyRole(v *visit) error {
	found, err := v.defining()
	if err != nil {
		return err
	}
	from := found.Role
	found.Role = nil
	d := roles.CopyOf(from)
	f := formOfRole(d, nil)
	f.Values.Set("copied", v.text(from.Name))
	return v.ok(v.roleForm(found, d, f, nil))
}

// editRole is the form of a role that is there.
func (s *Server) editRole(v *visit) error {
	found, err := v.defining()
	if err != nil {
		return err
	}
	if found.Refused != nil {
		return found.Refused
	}
	d := roles.DefinitionOf(found.Role)
	return v.ok(v.roleForm(found, d, formOfRole(d, found.Role), nil))
}

// defining reads the form of the role of the address.
func (v *visit) defining() (*roles.DefiningPage, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	return v.Roles.Defining(v.ctx(), v.actor(), id)
}

// createRole makes a role.
func (s *Server) createRole(v *visit) error {
	found, err := s.Roles.Defining(v.ctx(), v.actor(), uuid.Nil)
	if err != nil {
		return err
	}
	return s.defineRole(v, found)
}

// saveRole changes a role.
func (s *Server) saveRole(v *visit) error {
	found, err := v.defining()
	if err != nil {
		return err
	}
	return s.defineRole(v, found)
}

// defineRole shows what the definition that was sent would do, and saves it once
// that was seen, or when there is nothing to see.
func (s *Server) defineRole(v *visit, found *roles.DefiningPage) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	present := roles.Definition{Grid: grid.Grid{}}
	role := uuid.Nil
	if found.Role != nil {
		present, role = roles.DefinitionOf(found.Role), found.Role.ID
	}
	wanted, moved := typedRole(f, found.Catalogue.Areas, present)
	sent := roles.SentDefinition{Version: version(f), Submission: v.submission(f)}
	sent.Affected, _ = strconv.Atoi(f.Get("affected"))
	again, confirmed := f.Bool("again"), f.Bool("confirm")
	for _, name := range []string{"again", "confirm", "affected"} {
		f.Values.Del(name)
	}
	switch {
	case !f.OK():
		return v.again(f, v.roleForm(found, present, f, nil))
	case found.Role != nil && found.Refused == nil && sent.Version != found.Role.Version:
		return v.roleStale(found, present, f)
	case again:
		return v.ok(v.roleForm(found, present, f, nil))
	}
	if !confirmed {
		preview, err := s.Roles.PreviewDefinition(v.ctx(), v.actor(), role, wanted)
		if err != nil {
			return err
		}
		// What is refused is not shown first: it is sent on, for the door to refuse
		// and to record.
		if preview.Refused == nil && !(preview.Impact.Silent() && len(moved) == 0 && len(v.ruleChanges(preview)) == 0) {
			return v.ok(v.confirmRole(preview, f, moved))
		}
	}
	id, err := s.Roles.Define(v.ctx(), v.actor(), role, wanted, sent)
	switch {
	case unseen(err):
		return v.roleUnseen(role, wanted, f, moved)
	case f.Fail(err):
		return v.again(f, v.roleForm(found, present, f, nil))
	case err != nil:
		return err
	}
	return v.done(v.rolePage(id), v.say.T("page.catalogue.saved", "Role", v.text(wanted.Name)))
}

// roleUnseen shows anew what a definition would do, since other people are
// concerned than were shown.
func (v *visit) roleUnseen(role uuid.UUID, wanted roles.Definition, f *form.Form, moved grid.Changes) error {
	preview, err := v.Roles.PreviewDefinition(v.ctx(), v.actor(), role, wanted)
	if err != nil {
		return err
	}
	return v.show(status(fault.KindConflict), v.confirmRole(preview, f, moved))
}

// unseen reports that other people are concerned than were shown.
func unseen(err error) bool {
	faults, ok := fault.As(err)
	return ok && faults[0].Key == "roles.impact_unseen"
}
