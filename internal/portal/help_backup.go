package portal

import (
	"habilis/internal/form"
	"habilis/internal/help"
	"habilis/internal/signin"
	"habilis/web/page"
	"habilis/web/ui"
)

// backupFact is the backup address, and how far it has come.
func (v *visit) backupFact(aid *help.Aid) ui.Fact {
	fact := ui.Fact{Term: v.say.T("page.help.backup.term")}
	switch {
	case aid.Backup == "":
		fact.Text = v.say.T("page.help.backup.none")
	case aid.BackupVerifiedAt == nil:
		fact.Text = v.say.T("page.help.backup.waiting", "Address", aid.Backup, "Ago", v.say.Ago(*aid.BackupAt, v.now))
	case aid.BackupOpensAt == nil:
		fact.Text = v.say.T("page.help.backup.fallen", "Address", aid.Backup)
	case !aid.BackupOpens(v.now):
		fact.Text = v.say.T("page.help.backup.settling", "Address", aid.Backup, "When", v.say.DateTime(*aid.BackupOpensAt))
	default:
		fact.Text = v.say.T("page.help.backup.good", "Address", aid.Backup)
	}
	return fact
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
	if err := s.Help.ConfirmBackup(v.ctx(), l, v.from()); err != nil {
		return err
	}
	return v.ok(page.Settled(v.bare(v.say.T("link.backup.confirmed")), v.say.T("link.backup.done")))
}
