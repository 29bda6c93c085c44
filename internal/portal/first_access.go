package portal

import (
	"slices"
	"time"

	"habilis/internal/access"
	"habilis/internal/help"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/tenants/kinds"
	"habilis/web/page"
	"habilis/web/ui"
)

// activates reports whether the place lets new people in by activation.
func activates(s *access.Standing) bool { return s.Tenant.FirstAccess == kinds.FirstActivation }

// first is the one of two messages that speaks of how the place lets people in.
func (v *visit) first(s *access.Standing, temporary, activation string) string {
	if activates(s) {
		return activation
	}
	return temporary
}

// letterTroubles are what keeps someone who has never come from what lets them in.
func (v *visit) letterTroubles(sheet *people.SheetPage, aid *help.Aid, words kinds.Words) []page.Trouble {
	if sheet.Person.Email == "" {
		return []page.Trouble{{Mood: ui.Look, What: v.say.T("page.trouble.no_email"),
			Next: v.first(sheet.Standing, v.say.T("page.trouble.no_email.next"), v.say.T("page.trouble.no_email.activation")),
			Acts: v.readdressAct(sheet, words)}}
	}
	m := newestFirst(sheet)
	switch {
	case m != nil && m.State == mail.Refused:
		return []page.Trouble{v.refusedTrouble(sheet, aid, *m, words)}
	case m != nil && v.lapsed(sheet, *m):
		return []page.Trouble{v.lapsedTrouble(sheet, aid, *m)}
	case m == nil && activates(sheet.Standing):
		return []page.Trouble{{Mood: ui.Look, What: v.say.T("page.trouble.not_activated"), Next: v.say.T("page.trouble.not_activated.next"), Post: v.firstPost(sheet)}}
	}
	return nil
}

// lapsesAt is when what a letter brought to let someone in holds no more: the secret
// is made as the letter leaves.
func lapsesAt(p *people.Person, m mail.Fate) time.Time {
	hours := p.PasswordHours
	if m.Template == mail.Activation {
		hours = p.ActivationHours
	}
	return m.ChangedAt.Add(time.Duration(hours) * time.Hour)
}

func (v *visit) lapsed(sheet *people.SheetPage, m mail.Fate) bool {
	return m.State == mail.Sent && !sheet.Person.Activated && !v.now.Before(lapsesAt(sheet.Person, m))
}

func (v *visit) lapsedTrouble(sheet *people.SheetPage, aid *help.Aid, m mail.Fate) page.Trouble {
	return page.Trouble{Mood: ui.Look, Post: v.wherePost(sheet, aid, m),
		What: v.say.T("page.trouble.lapsed."+m.Template, "When", v.say.DateTime(lapsesAt(sheet.Person, m))),
		Next: v.first(sheet.Standing, v.say.T("page.trouble.lapsed.next"), v.say.T("page.trouble.lapsed.another"))}
}

func (v *visit) refusedTrouble(sheet *people.SheetPage, aid *help.Aid, m mail.Fate, words kinds.Words) page.Trouble {
	t := page.Trouble{Mood: ui.Wrong, What: v.say.T("page.trouble.refused", "Address", m.Recipient),
		Next: v.first(sheet.Standing, v.say.T("page.trouble.refused.next"), v.say.T("page.trouble.refused.activation")),
		Acts: v.readdressAct(sheet, words), Post: v.wherePost(sheet, aid, m)}
	switch {
	case atBackup(aid, m):
		t.Next, t.Acts = v.say.T("page.trouble.refused.backup"), nil
	case !sheet.Person.EmailOurs:
		t.Next = v.say.T("page.trouble.refused.again")
	}
	if m.Answer != "" {
		t.Next = v.say.T("page.mail.answer", "Answer", m.Answer) + " " + t.Next
	}
	return t
}

// letsIn reports a letter that lets someone in for the first time.
func letsIn(m mail.Fate) bool {
	return m.Template == mail.TemporaryPassword || m.Template == mail.Activation
}

// newestFirst is the newest letter that lets someone in for the first time, by which the
// others are void; nil where there is none.
func newestFirst(sheet *people.SheetPage) *mail.Fate {
	if i := slices.IndexFunc(sheet.Mails, letsIn); i >= 0 {
		return &sheet.Mails[i]
	}
	return nil
}

// atBackup reports whether a letter went to the person's backup address.
func atBackup(aid *help.Aid, m mail.Fate) bool {
	return m.Recipient == people.AddressOf(aid.Backup)
}

// wherePost sends it to where it went before; nil where that is not to be done.
func (v *visit) wherePost(sheet *people.SheetPage, aid *help.Aid, m mail.Fate) *page.Post {
	if atBackup(aid, m) {
		return v.backupPost(sheet, aid)
	}
	return v.firstPost(sheet)
}

// againPost is that, beside the letter itself.
func (v *visit) againPost(sheet *people.SheetPage, aid *help.Aid, m mail.Fate) *page.Post {
	post := v.wherePost(sheet, aid, m)
	if post == nil {
		return nil
	}
	return &page.Post{Label: v.say.T("page.person.resend"), URL: post.URL}
}

// maySendFirst reports whether the reader may send the person what lets them in for the
// first time.
func (v *visit) maySendFirst(sheet *people.SheetPage) bool {
	return may(sheet.Standing, access.People) && sheet.Person.State == people.Pending
}

// backupPost sends it to their backup address; nil while that may not be sent it.
func (v *visit) backupPost(sheet *people.SheetPage, aid *help.Aid) *page.Post {
	if !v.maySendFirst(sheet) || !aid.BackupOpens(v.now) {
		return nil
	}
	return &page.Post{Label: v.first(sheet.Standing, v.say.T("page.help.welcome.backup"), v.say.T("page.help.activation.backup")),
		URL: v.in("/people/%s/access/resend?to=backup", sheet.Person.ID)}
}

// firstPost sends what lets the person in for the first time; nil where that is not
// to be done, or not the reader's to do.
func (v *visit) firstPost(sheet *people.SheetPage) *page.Post {
	p := sheet.Person
	if !v.maySendFirst(sheet) || p.Email == "" {
		return nil
	}
	return &page.Post{Label: v.first(sheet.Standing, v.say.T("page.help.welcome"), v.say.T("page.person.activation")),
		URL: v.in("/people/%s/access/resend", p.ID)}
}

func (v *visit) firstWhy(sheet *people.SheetPage) string {
	return v.first(sheet.Standing, v.say.T("page.person.resend.why"), v.say.T("page.person.activation.why"))
}

// passwordFact says whether the person has chosen a password.
func (v *visit) passwordFact(sheet *people.SheetPage) string {
	if sheet.Person.Activated {
		return v.say.T("page.access.password.chosen")
	}
	return v.first(sheet.Standing, v.say.T("page.access.password.temporary"), v.say.T("page.access.password.none"))
}

// resend sends what lets the person in for the first time.
func (s *Server) resend(v *visit) error {
	id, err := v.id("id")
	if err != nil {
		return err
	}
	to := mail.ToMain
	if v.query("to") == "backup" {
		to = mail.ToBackup
	}
	address, err := s.People.Resend(v.ctx(), v.actor(), id, to)
	if err != nil {
		return err
	}
	sheet, err := s.People.Sheet(v.ctx(), v.actor(), id)
	if err != nil {
		return err
	}
	return v.done(v.in("/people/%s/access", id), v.first(sheet.Standing,
		v.say.T("page.person.resent", "Name", sheet.Person.Name(), "Address", address),
		v.say.T("page.person.activation.sent", "Name", sheet.Person.Name(), "Address", address)))
}

// offered reports whether one of the troubles has the button already, or there is
// none to have.
func offered(troubles []page.Trouble, post *page.Post) bool {
	return post == nil || slices.ContainsFunc(troubles, func(t page.Trouble) bool { return t.Post != nil && t.Post.URL == post.URL })
}
