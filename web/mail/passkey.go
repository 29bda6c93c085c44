package mail

func passkeyCopied(s say) letter {
	l := s.base()
	l.subject = s.it("mail.passkey_copied.subject")
	l.title = s.it("mail.passkey_copied.title")
	l.what = s.it("mail.passkey_copied.what")
	l.facts = []fact{{s.it("mail.passkey_copied.name"), s.params["name"]}}
	l.how = s.it("mail.passkey_copied.how")
	l.button = s.it("mail.passkey_copied.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}
