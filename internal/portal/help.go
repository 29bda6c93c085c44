package portal

import (
	"context"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/help"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/web/page"
	"habilis/web/ui"
)

// helpView is what the tab Accès offers to do for someone who can't get in.
func (v *visit) helpView(sheet *people.SheetPage, aid *help.Aid, troubles []page.Trouble) page.HelpView {
	p, view := sheet.Person, page.HelpView{}
	if !may(sheet.Standing, access.People) || sheet.Self || p.State == people.Archived {
		return view
	}
	if len(troubles) == 0 {
		view.Fine = v.say.T("page.help.fine")
	}
	if first := v.firstPost(sheet); !offered(troubles, first) {
		view.Mails = append(view.Mails, *first)
	}
	if aid.Activated && p.EmailVerified {
		view.Mails = append(view.Mails, page.Post{Label: v.say.T("page.help.reset"), URL: v.in("/people/%s/access/reset", p.ID)})
	}
	if first := v.backupPost(sheet, aid); !offered(troubles, first) {
		view.Mails = append(view.Mails, *first)
	}
	if aid.Activated && aid.BackupOpens(v.now) {
		view.Mails = append(view.Mails, page.Post{Label: v.say.T("page.help.reset.backup"), URL: v.in("/people/%s/access/reset?to=backup", p.ID)})
	}
	if aid.HeldUntil != nil && aid.HeldUntil.After(v.now) {
		view.Acts = append(view.Acts, v.helpAct(p.ID, "/unblock", "page.help.unblock"))
	}
	for _, one := range []struct {
		shown     bool
		path, key string
	}{
		{aid.CameIn, "/email", "page.help.email"},
		{true, "/backup", "page.help.backup"},
		{aid.Factor, "/factor", "page.help.factor"},
		{aid.SetsPassword, "/password", "page.help.password"},
	} {
		if one.shown && aid.Authority == help.Ours {
			view.Acts = append(view.Acts, v.helpAct(p.ID, one.path, one.key))
		}
	}
	if aid.Authority != help.Ours {
		view.Acts = append(view.Acts, v.helpAct(p.ID, "/support", "page.help.ask"))
		view.Why = v.say.T("page.help.shared") + " " + v.say.T("page.help.shared.why")
	}
	return view
}

func (v *visit) helpAct(person uuid.UUID, path, key string) ui.Act {
	return ui.Act{Label: v.say.T(key), URL: v.in("/people/%s/access%s", person, path), How: ui.InWindow}
}

// helpTroubles are what keeps someone out, besides what each tab of the sheet says.
func (v *visit) helpTroubles(sheet *people.SheetPage, aid *help.Aid) []page.Trouble {
	p, first := sheet.Person, newestFirst(sheet)
	var all []page.Trouble
	add := func(mood ui.Mood, what, next string) {
		all = append(all, page.Trouble{Mood: mood, What: what, Next: next})
	}
	if p.State == people.Archived {
		return v.waitingTroubles(sheet, aid)
	}
	for _, h := range aid.Held {
		add(ui.Look, v.say.T("page.help.held."+h.Why, "Clock", v.say.Clock(h.Until, v.now)), v.say.T("page.help.held."+h.Why+".next"))
	}
	switch {
	case aid.PasswordUntil != nil && !v.now.Before(*aid.PasswordUntil):
		next := "page.help.hand_lapsed.welcome"
		if aid.SetsPassword && aid.Authority == help.Ours {
			next = "page.help.hand_lapsed.next"
		}
		add(ui.Look, v.say.T("page.help.hand_lapsed", "When", v.say.DateTime(*aid.PasswordUntil)), v.say.T(next))
	case aid.PasswordUntil != nil:
		add(ui.Look, v.say.T("page.help.must_change", "When", v.say.DateTime(*aid.PasswordUntil)), v.say.T("page.help.must_change.next"))
	case aid.Outgrown:
		add(ui.Info, v.say.T("page.help.outgrown"), v.say.T("page.help.outgrown.next"))
	case p.Email == "" && p.State != people.Pending:
		add(ui.Look, v.say.T("page.help.no_email"), v.say.T("page.help.no_email.next"))
	case !aid.CameIn && p.Email != "" && first != nil && first.State != mail.Refused && !v.lapsed(sheet, *first):
		add(ui.Info, v.say.T("page.help.never"), v.say.T("page.help.never."+first.State, "Letter", v.letterName(first.Template), "Address", first.Recipient))
	}
	if aid.Activated && p.Email != "" && !p.EmailVerified {
		add(ui.Info, v.say.T("page.help.unconfirmed", "Address", p.Email), v.say.T("page.help.unconfirmed.next"))
	}
	if aid.OneMailbox {
		add(ui.Wrong, v.say.T("page.help.one_mailbox"), v.say.T("page.help.one_mailbox.next"))
	}
	if aid.FactorAsked && !aid.Factor && aid.CameIn {
		add(ui.Info, v.say.T("page.help.factor_asked"), v.say.T("page.help.factor_asked.next"))
	}
	for _, named := range aid.Named {
		add(ui.Info, v.say.T("page.help.email.waits", "Address", named.Email), v.say.T("page.help.email.waits.next", "Ago", v.say.Ago(named.At, v.now)))
		all[len(all)-1].Post = v.withdrawal(sheet, "/email", "page.help.email.withdraw")
	}
	return append(all, v.waitingTroubles(sheet, aid)...)
}

// waitingTroubles are what support was asked for someone, and has not answered; it is
// said of the archived too, for the place to take it back.
func (v *visit) waitingTroubles(sheet *people.SheetPage, aid *help.Aid) []page.Trouble {
	var all []page.Trouble
	for _, asked := range aid.Asked {
		all = append(all, page.Trouble{Mood: ui.Info, What: v.say.T("page.help.asked." + string(asked.What)),
			Next: v.say.T("page.help.asked.next", "Ago", v.say.Ago(asked.At, v.now)),
			Post: v.withdrawal(sheet, "/support/"+asked.ID.String(), "page.request.withdraw")})
	}
	return all
}

// withdrawal takes back what was asked for someone; nil for who may not.
func (v *visit) withdrawal(sheet *people.SheetPage, path, key string) *page.Post {
	if !may(sheet.Standing, access.People) || v.guest || sheet.Self {
		return nil
	}
	return &page.Post{Label: v.say.T(key), URL: v.in("/people/%s/access%s/withdraw", sheet.Person.ID, path)}
}

// helping reads the window in which the person of the address is helped.
func (v *visit) helping(need access.Need) (*help.FormPage, error) {
	id, err := v.id("id")
	if err != nil {
		return nil, err
	}
	return v.Help.Form(v.ctx(), v.actor(), need, id)
}

// helpWindow is what all windows of help have.
func (v *visit) helpWindow(p *help.FormPage, f *form.Form, path, key string) page.HelpWindow {
	title := v.say.T(key)
	told := v.say.T("page.help.told")
	if p.Email == "" && p.Backup == "" {
		told = v.say.T("page.help.told_nobody")
	}
	return page.HelpWindow{
		Window: ui.WindowFrame{Title: title, Subtitle: p.Name(), Initials: ui.Initials(p.Given, p.Family), Close: v.in("/people/%s/access", p.ID)},
		Action: v.in("/people/%s/access%s", p.ID, path), Typed: f, Told: told,
		Kept: []ui.Hidden{{Name: "submission", Value: v.submission(f).String()}},
		Send: ui.Act{Label: title, Tone: ui.Primary},
	}
}

// turn reads a form that carries nothing but why.
func (v *visit) turn(f *form.Form) (help.Turn, error) {
	id, err := v.id("id")
	return help.Turn{Person: id, Reason: f.Text("reason"), Submission: v.submission(f)}, err
}

// helped leads back to the tab Accès and says what was done.
func (v *visit) helped(p *help.FormPage, sentence string) error {
	return v.done(v.in("/people/%s/access", p.ID), sentence)
}

// sendReset sends someone a link to choose another password.
func (s *Server) sendReset(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	turn, err := v.turn(f)
	if err != nil {
		return err
	}
	if err := s.Help.SendReset(v.ctx(), v.actor(), turn, v.query("to") == "backup"); err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", turn.Person), v.say.T("page.help.reset.done"))
}

func (s *Server) unblockForm(v *visit) error { return s.showUnblock(v, form.With()) }

func (s *Server) showUnblock(v *visit, f *form.Form) error {
	p, err := v.helping(help.NeedUnblock)
	if err != nil {
		return err
	}
	view := v.helpWindow(p, f, "/unblock", "page.help.unblock")
	view.What, view.Care = []string{v.say.T("page.help.unblock.what", "Name", p.Name())}, v.say.T("page.help.unblock.care")
	return v.answerForm(f, page.HelpWithReason(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// unblock lets someone try again who is held up.
func (s *Server) unblock(v *visit) error {
	return s.doWithReason(v, help.NeedUnblock, s.Help.Unblock, s.showUnblock, "page.help.unblock.done")
}

// doWithReason does what asks for nothing but why, or shows its window again.
func (s *Server) doWithReason(v *visit, need access.Need, do func(context.Context, access.Actor, help.Turn) error,

	again func(*visit, *form.Form) error, done string) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	turn, err := v.turn(f)
	if err == nil && f.OK() {
		err = do(v.ctx(), v.actor(), turn)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return again(v, f)
	}
	if err != nil {
		return err
	}
	p, err := v.helping(need)
	if err != nil {
		return err
	}
	return v.helped(p, v.say.T(done, "Name", p.Name()))
}

func (s *Server) factorResetForm(v *visit) error { return s.showFactorReset(v, form.With()) }

func (s *Server) showFactorReset(v *visit, f *form.Form) error {
	p, err := v.helping(help.NeedFactor)
	if err != nil {
		return err
	}
	view := v.helpWindow(p, f, "/factor", "page.help.factor")
	view.What, view.Care = []string{v.say.T("page.help.factor.what", "Name", p.Name())}, v.say.T("page.help.factor.care")
	if p.Beside {
		view.What = append(view.What, v.say.T("page.help.factor.choose", "Name", p.Name()))
	}
	view.Send.Tone = ui.Danger
	return v.answerForm(f, page.HelpWithReason(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// resetFactor takes the second factors of someone away.
func (s *Server) resetFactor(v *visit) error {
	return s.doWithReason(v, help.NeedFactor, s.Help.ResetFactor, s.showFactorReset, "page.help.factor.done")
}
