package portal

import (
	"context"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/form"
	"habilis/internal/help"
	"habilis/internal/people"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
	"habilis/web/page"
	"habilis/web/ui"
)

// backupWaits is how long a confirmed backup address waits for its first reset.
const backupWaits = 24 * time.Hour

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
	if aid.Activated && aid.BackupVerifiedAt != nil && !v.now.Before(aid.BackupVerifiedAt.Add(backupWaits)) {
		view.Mails = append(view.Mails, page.Post{Label: v.say.T("page.help.reset.backup"), URL: v.in("/people/%s/access/reset?to=backup", p.ID)})
	}
	if aid.HeldUntil != nil && aid.HeldUntil.After(v.now) {
		view.Acts = append(view.Acts, v.helpAct(p.ID, "/unblock", "page.help.unblock"))
	}
	for _, one := range []struct {
		shown     bool
		path, key string
	}{
		{true, "/backup", "page.help.backup"},
		{aid.Factor, "/factor", "page.help.factor"},
		{aid.SetsPassword, "/password", "page.help.password"},
	} {
		switch {
		case one.shown && aid.Authority == help.Ours:
			view.Acts = append(view.Acts, v.helpAct(p.ID, one.path, one.key))
		case one.shown:
			view.Grey = append(view.Grey, v.say.T(one.key))
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
	p := sheet.Person
	var all []page.Trouble
	add := func(mood ui.Mood, what, next string) {
		all = append(all, page.Trouble{Mood: mood, What: what, Next: next})
	}
	if p.State == people.Archived {
		return nil
	}
	if p.State != people.Blocked && aid.HeldUntil != nil && aid.HeldUntil.After(v.now) {
		add(ui.Look, v.say.T("page.help.held"), v.say.T("page.trouble.blocked.next", "Clock", v.say.Clock(*aid.HeldUntil)))
	}
	switch {
	case aid.MustChange:
		add(ui.Look, v.say.T("page.help.must_change"), v.say.T("page.help.must_change.next"))
	case p.Email == "" && p.State != people.Pending:
		add(ui.Look, v.say.T("page.help.no_email"), v.say.T("page.help.no_email.next"))
	case !aid.CameIn && p.Email != "" && len(sheet.Mails) > 0 && sheet.Mails[0].State != "refused":
		add(ui.Info, v.say.T("page.help.never"), v.say.T("page.help.never.next", "Address", sheet.Mails[0].Recipient))
	}
	if aid.OneMailbox {
		add(ui.Wrong, v.say.T("page.help.one_mailbox"), v.say.T("page.help.one_mailbox.next"))
	}
	if aid.FactorAsked && !aid.Factor && aid.CameIn {
		add(ui.Info, v.say.T("page.help.factor_asked"), v.say.T("page.help.factor_asked.next"))
	}
	for _, asked := range aid.Asked {
		add(ui.Info, v.say.T("page.help.asked."+string(asked.What)), v.say.T("page.help.asked.next", "Ago", v.say.Ago(asked.At, v.now)))
	}
	return all
}

// backupFact is the backup address, and how far it has come.
func (v *visit) backupFact(aid *help.Aid) ui.Fact {
	fact := ui.Fact{Term: v.say.T("page.help.backup.term")}
	switch {
	case aid.Backup == "":
		fact.Text = v.say.T("page.help.backup.none")
	case aid.BackupVerifiedAt == nil:
		fact.Text = v.say.T("page.help.backup.waiting", "Address", aid.Backup, "Ago", v.say.Ago(*aid.BackupAt, v.now))
	case aid.CameIn && v.now.Before(aid.BackupVerifiedAt.Add(backupWaits)):
		fact.Text = v.say.T("page.help.backup.settling", "Address", aid.Backup, "When", v.say.DateTime(aid.BackupVerifiedAt.Add(backupWaits)))
	default:
		fact.Text = v.say.T("page.help.backup.good", "Address", aid.Backup)
	}
	return fact
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
	view.Send.Tone = ui.Danger
	return v.answerForm(f, page.HelpWithReason(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// resetFactor takes the second factors of someone away.
func (s *Server) resetFactor(v *visit) error {
	return s.doWithReason(v, help.NeedFactor, s.Help.ResetFactor, s.showFactorReset, "page.help.factor.done")
}

func (s *Server) backupForm(v *visit) error { return s.showBackup(v, form.With()) }

func (s *Server) showBackup(v *visit, f *form.Form) error {
	p, err := v.helping(help.NeedBackup)
	if err != nil {
		return err
	}
	view := page.BackupView{HelpWindow: v.helpWindow(p, f, "/backup", "page.help.backup"), Present: p.Backup,
		Anyway: f.Error("anyway") != nil || f.Bool("anyway")}
	view.Kept = append(view.Kept, ui.Hidden{Name: "seen", Value: p.Edition()})
	view.What, view.Told = []string{v.say.T("page.help.backup.what", "Name", p.Name())}, v.say.T("page.help.backup.told")
	if !p.CameIn {
		view.What = []string{v.say.T("page.help.backup.what_new", "Name", p.Name())}
	}
	if p.Backup != "" {
		view.Withdraw = &page.Post{Label: v.say.T("page.help.backup.withdraw"), URL: v.in("/people/%s/access/backup/withdraw", p.ID)}
	}
	inOrder(f, "email", "anyway")
	return v.answerForm(f, page.Backup(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// typedBackup reads the window of the backup address.
func (v *visit) typedBackup(f *form.Form) (help.Backup, error) {
	id, err := v.id("id")
	return help.Backup{Person: id, Email: f.Get("email"), Anyway: f.Bool("anyway"), Seen: f.Get("seen"), Submission: v.submission(f)}, err
}

// nameBackup names a backup address.
func (s *Server) nameBackup(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	typed, err := v.typedBackup(f)
	if err == nil && f.OK() {
		err = s.Help.NameBackup(v.ctx(), v.actor(), typed)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showBackup(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", typed.Person), v.say.T("page.help.backup.done", "Address", typed.Email))
}

// withdrawBackup takes the backup address away.
func (s *Server) withdrawBackup(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	typed, err := v.typedBackup(f)
	if err != nil {
		return err
	}
	if err := s.Help.WithdrawBackup(v.ctx(), v.actor(), typed); err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", typed.Person), v.say.T("page.help.backup.withdrawn"))
}

func (s *Server) byHandForm(v *visit) error { return s.showByHand(v, form.With(), false) }

func (s *Server) showByHand(v *visit, f *form.Form, proposed bool) error {
	p, err := v.helping(help.NeedPassword)
	if err != nil {
		return err
	}
	if err := p.MaySetPassword(); err != nil {
		return err
	}
	report := password.Check("", password.Context{SecondFactor: p.Factor})
	view := page.ByHandView{HelpWindow: v.helpWindow(p, f, "/password", "page.help.password"), Password: page.PasswordByHand{
		Proposed: proposed, Meter: v.in("/people/%s/access/password/strength", p.ID), Strength: v.strength(report)}}
	view.What = []string{v.say.T("page.help.password.what", "Name", p.Name())}
	return v.answerForm(f, page.ByHand(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// setByHand sets someone's password, or proposes one.
func (s *Server) setByHand(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	if f.Bool("propose") {
		f.Values.Set("password", password.Spoken())
		return s.showByHand(v, f, true)
	}
	id, err := v.id("id")
	if err != nil {
		return err
	}
	err = s.Help.SetPassword(v.ctx(), v.actor(), help.ByHand{Person: id, Password: f.Secret("password"), Submission: v.submission(f)})
	if f.Fail(err) {
		return s.showByHand(v, f, false)
	}
	if err != nil {
		return err
	}
	p, err := v.helping(help.NeedPassword)
	if err != nil {
		return err
	}
	return v.helped(p, v.say.T("page.help.password.done", "Name", p.Name()))
}

// byHandStrength judges a password as it is typed for someone.
func (s *Server) byHandStrength(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	f, err := v.form()
	if err != nil {
		return err
	}
	report, err := s.Help.Rules(v.ctx(), v.actor(), id, f.Secret("password"))
	if err != nil {
		return err
	}
	return v.ok(ui.Strength(v.say, v.strength(report)))
}

func (s *Server) askHelpForm(v *visit) error { return s.showAskHelp(v, form.With()) }

func (s *Server) showAskHelp(v *visit, f *form.Form) error {
	p, err := v.helping(help.NeedAsk)
	if err != nil {
		return err
	}
	view := page.AskHelpView{HelpWindow: v.helpWindow(p, f, "/support", "page.help.ask")}
	view.HelpWindow.What, view.Told = []string{v.say.T("page.help.shared") + " " + v.say.T("page.help.shared.why")}, v.say.T("page.help.ask.after")
	for _, what := range []help.What{help.WantBackup, help.WantFactor} {
		if what != help.WantFactor || p.Factor {
			view.What = append(view.What, ui.Option{Value: string(what), Label: v.say.T("page.help.ask.what." + string(what))})
		}
	}
	inOrder(f, "what", "email", "note")
	return v.answerForm(f, page.AskHelp(v.frame(p.Standing, inPeople, view.Window.Title), view, v.inWindow()))
}

// askHelp asks support to help.
func (s *Server) askHelp(v *visit) error {
	f, err := v.form()
	if err != nil {
		return err
	}
	id, err := v.id("id")
	if err != nil {
		return err
	}
	wish := help.Wish{Person: id, What: help.What(f.Get("what")), Email: f.Get("email"), Note: f.Text("note"), Submission: v.submission(f)}
	if f.OK() {
		err = s.Help.Ask(v.ctx(), v.actor(), wish)
	}
	if f.Fail(err) || err == nil && !f.OK() {
		return s.showAskHelp(v, f)
	}
	if err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", id), v.say.T("page.help.ask.done"))
}

// showConfirmBackup asks whoever reads a backup address whether the account is theirs.
func (s *Server) showConfirmBackup(v *visit, l *signin.Link, _ *form.Form) error {
	view := page.LinkConfirmView{
		Why: v.say.T("link.backup.why", "By", l.AskedBy, "Place", l.Place, "Owner", l.Name()), Yes: v.say.T("link.backup.yes"),
		Facts: []ui.Fact{{Term: v.say.T("link.until"), Text: v.say.DateTime(l.ExpiresAt)}},
	}
	return v.ok(page.LinkConfirm(v.bare(v.say.T("link.backup.title")), view))
}

// confirmBackup makes the address count; it signs nobody in.
func (s *Server) confirmBackup(v *visit, l *signin.Link, _ *form.Form) error {
	if err := s.Help.ConfirmBackup(v.ctx(), l); err != nil {
		return err
	}
	return v.ok(page.Sent(v.bare(v.say.T("link.backup.title")), v.say.T("link.backup.done")))
}
