package portal

import (
	"habilis/internal/form"
	"habilis/web/page"
	"habilis/web/ui"
)

// ownPhoneForm is the window in which one corrects one's telephone in a place.
func (s *Server) ownPhoneForm(v *visit) error { return s.showOwnPhone(v, nil) }

// showOwnPhone shows it as typed, or as the place has it for nil.
func (s *Server) showOwnPhone(v *visit, f *form.Form) error {
	found, err := s.People.OwnPhoneForm(v.ctx(), v.actor())
	if err != nil {
		return err
	}
	if f == nil {
		f = form.With("phone", found.Phone)
	}
	view := page.OwnPhoneView{
		Window: ui.WindowFrame{Title: v.say.T("account.phone.title"), Subtitle: found.Tenant.Name, Close: "/account/places"},
		Typed:  f, URL: v.in("/phone"),
	}
	shown := page.OwnPhone(v.frame(found.Standing, nowhere, view.Window.Title), view, v.inWindow())
	if f.OK() {
		return v.ok(shown)
	}
	return v.again(f, shown)
}

func (s *Server) correctOwnPhone(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.OK() {
		err = s.People.CorrectOwnPhone(v.ctx(), v.actor(), f.Get("phone"))
	}
	if f.Fail(err) || !f.OK() {
		return s.showOwnPhone(v, f)
	}
	if err != nil {
		return err
	}
	return v.done("/account/places", v.say.T("account.phone.done"))
}
