package portal

import (
	"errors"
	"strings"

	"github.com/a-h/templ"

	"habilis/internal/fault"
	"habilis/internal/form"
	"habilis/internal/signin"
	"habilis/web/layout"
	"habilis/web/page"
	"habilis/web/ui"
)

// passkeyRows are one's own passkeys.
func (v *visit) passkeyRows() ([]page.PasskeyRow, error) {
	held, err := v.Signin.Passkeys(v.ctx(), v.session.account)
	if err != nil {
		return nil, err
	}
	rows := make([]page.PasskeyRow, len(held))
	for i, h := range held {
		at := passkeyPath(h)
		rows[i] = page.PasskeyRow{Name: h.Name, Kind: v.passkeyKind(h), Added: h.CreatedAt, RenameURL: at + "/rename", RemoveURL: at + "/remove"}
		if h.LastUsedAt != nil {
			rows[i].Used = *h.LastUsedAt
		}
	}
	return rows, nil
}

func passkeyPath(h signin.HeldPasskey) string { return "/account/passkeys/" + h.Handle.String() }

func (v *visit) passkeyKind(h signin.HeldPasskey) string {
	switch {
	case h.Record.Synced:
		return v.say.T("passkey.synced")
	case h.Record.Syncs:
		return v.say.T("passkey.syncs")
	}
	return v.say.T("passkey.bound")
}

// addPasskeyForm proposes the browser's name: most passkeys are made where they
// are kept.
func (s *Server) addPasskeyForm(v *visit) error {
	return s.showAddPasskey(v, form.With("name", v.browser(agentOf(v.r))))
}

func (s *Server) showAddPasskey(v *visit, f *form.Form) error {
	window := ui.WindowFrame{Title: v.say.T("passkey.add"), Subtitle: v.say.T("passkey.add.why"), Close: "/account"}
	return v.passkeyWindow(f, window, "/account/passkeys", page.AddPasskey)
}

// passkeyWindow shows a window of one's own account.
func (v *visit) passkeyWindow(f *form.Form, w ui.WindowFrame, url string, view func(layout.Frame, page.PasskeyView, bool) templ.Component) error {
	person, err := v.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	shown := view(v.desk(w.Title, person), page.PasskeyView{Window: w, Typed: f, URL: url}, v.inWindow())
	if f.OK() {
		return v.ok(shown)
	}
	return v.again(f, shown)
}

func (s *Server) offerPasskey(v *visit) error {
	return v.pose(s.Signin.OfferPasskey(v.ctx(), v.session.account))
}

func (s *Server) addPasskey(v *visit) error {
	f, c, answer, err := v.answered()
	if err != nil {
		return err
	}
	name := f.Get("name")
	outcome, codes, err := s.Signin.AddPasskey(v.ctx(), v.signed, name, c, answer)
	if f.Fail(err) {
		return s.showAddPasskey(v, f)
	}
	if err != nil {
		return err
	}
	if err := v.factorChanged(outcome, signin.Passkey); err != nil {
		return err
	}
	if len(codes) > 0 {
		return v.showOwnCodes(codes)
	}
	return v.done("/account", v.say.T("passkey.add.done", "Name", name))
}

// onePasskey is the passkey of the address.
func (v *visit) onePasskey() (signin.HeldPasskey, error) {
	handle, err := v.id("id")
	if err != nil {
		return signin.HeldPasskey{}, err
	}
	return v.Signin.PasskeyOf(v.ctx(), v.session.account, handle)
}

func (s *Server) renamePasskeyForm(v *visit) error {
	held, err := v.onePasskey()
	if err != nil {
		return err
	}
	return s.showRenamePasskey(v, held, form.With("name", held.Name))
}

func (s *Server) showRenamePasskey(v *visit, held signin.HeldPasskey, f *form.Form) error {
	window := ui.WindowFrame{Title: v.say.T("passkey.rename.of", "Name", held.Name), Close: "/account"}
	return v.passkeyWindow(f, window, passkeyPath(held)+"/rename", page.RenamePasskey)
}

func (s *Server) renamePasskey(v *visit) error {
	held, err := v.onePasskey()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	name := f.Get("name")
	err = s.Signin.RenamePasskey(v.ctx(), v.session.account, held.Handle, name)
	if f.Fail(err) {
		return s.showRenamePasskey(v, held, f)
	}
	if err != nil {
		return err
	}
	return v.done("/account", v.say.T("passkey.rename.done", "Name", name))
}

func (s *Server) removePasskeyForm(v *visit) error {
	held, err := v.onePasskey()
	if err != nil {
		return err
	}
	return s.showRemovePasskey(v, held, form.With())
}

func (s *Server) showRemovePasskey(v *visit, held signin.HeldPasskey, f *form.Form) error {
	window := ui.WindowFrame{Title: v.say.T("passkey.remove.title"), Close: "/account"}
	left, err := v.without(signin.Passkey)
	if err != nil {
		return err
	}
	why := append([]string{v.say.T("passkey.remove.why", "Name", held.Name)}, left...)
	return v.passkeyWindow(f, window, passkeyPath(held)+"/remove", func(f layout.Frame, view page.PasskeyView, fragment bool) templ.Component {
		return page.RemovePasskey(f, view, why, fragment)
	})
}

func (s *Server) removePasskey(v *visit) error {
	held, err := v.onePasskey()
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	outcome, err := s.Signin.RemovePasskey(v.ctx(), v.signed, held.Handle)
	if f.Fail(v.passkeyKept(err)) {
		return s.showRemovePasskey(v, held, f)
	}
	if err != nil {
		return err
	}
	return v.factorRemoved(outcome, v.say.T("passkey.remove.done", "Name", held.Name))
}

// passkeyKept puts into words who asks for the passkey that was to be removed; other errors
// stay as they are.
func (v *visit) passkeyKept(err error) error {
	var kept signin.Kept
	if !errors.As(err, &kept) {
		return err
	}
	who := make([]string, len(kept.By))
	for i, one := range kept.By {
		who[i] = v.askedBy(one)
	}
	return fault.Conflict("passkey.last", "Who", strings.Join(who, " ; "))
}

func (v *visit) askedBy(one signin.Asking) string {
	switch {
	case one.Place == "":
		return v.say.T("passkey.last.support")
	case len(one.Roles) == 0:
		return v.say.T("passkey.last.place", "Place", one.Place)
	}
	names := make([]string, len(one.Roles))
	for i, r := range one.Roles {
		names[i] = v.either(r.NameFr, r.NameEn)
	}
	if len(names) == 1 {
		return v.say.T("passkey.last.role", "Roles", names[0], "Place", one.Place)
	}
	return v.say.T("passkey.last.roles", "Roles", strings.Join(names, ", "), "Place", one.Place)
}
