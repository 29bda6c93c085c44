package mail

func accountUnblocked(s say) letter {
	l := s.base()
	l.subject = s.it("mail.account_unblocked.subject")
	l.title = s.it("mail.account_unblocked.title")
	l.what = s.it("mail.account_unblocked.what")
	l.how = s.it("mail.account_unblocked.how")
	l.quote = fact{s.it("mail.reason"), s.params["reason"]}
	l.button = s.it("mail.password_changed.button")
	l.unexpected = s.it("mail.help.unexpected")
	return l
}

func factorReset(s say) letter {
	l := s.base()
	l.subject = s.it("mail.factor_reset.subject")
	l.title = s.it("mail.factor_reset.title")
	l.what = s.it("mail.factor_reset.what")
	l.how = s.chosenAfter(s.it("mail.factor_reset.how"))
	l.quote = fact{s.it("mail.reason"), s.params["reason"]}
	l.button = s.it("mail.password_changed.button")
	l.unexpected = s.it("mail.help.unexpected")
	return l
}

func passwordByHand(s say) letter {
	l := s.base()
	l.subject = s.it("mail.password_by_hand.subject")
	l.title = s.it("mail.password_by_hand.title")
	l.what = s.it("mail.password_by_hand.what")
	l.how = s.it("mail.password_by_hand.how")
	l.facts = []fact{{s.it("mail.temporary_password.username"), s.params["username"]}}
	l.button = s.it("mail.password_changed.button")
	l.unexpected = s.it("mail.help.unexpected")
	return l
}

func backupNamed(s say) letter {
	l := s.base()
	l.subject = s.it("mail.backup_named.subject")
	l.title = s.it("mail.backup_named.title")
	l.what = s.it("mail.backup_named.what")
	l.how = s.it("mail.backup_named.how")
	l.quote = fact{s.it("mail.reason"), s.params["reason"]}
	l.button = s.it("mail.account.button")
	l.unexpected = s.it("mail.help.unexpected")
	return l
}

func backupWithdrawn(s say) letter {
	l := s.base()
	l.subject = s.it("mail.backup_withdrawn.subject")
	l.title = s.it("mail.backup_withdrawn.title")
	l.what = s.it("mail.backup_withdrawn.what")
	l.how = s.it("mail.backup_withdrawn.how")
	l.button = s.it("mail.account.button")
	l.unexpected = s.it("mail.help.unexpected")
	return l
}

func backupConfirmed(s say) letter {
	l := s.base()
	l.subject = s.it("mail.backup_confirmed.subject")
	l.title = s.it("mail.backup_confirmed.title")
	l.what = s.it("mail.backup_confirmed.what")
	l.how = s.it("mail.backup_confirmed.how")
	l.button = s.it("mail.account.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}

func backupRemoved(s say) letter {
	l := s.base()
	l.subject = s.it("mail.backup_removed.subject")
	l.title = s.it("mail.backup_withdrawn.title")
	l.what = s.it("mail.backup_removed.what")
	l.how = s.it("mail.backup_withdrawn.how")
	l.button = s.it("mail.account.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}

func backupConfirm(s say) letter {
	l := s.base()
	l.subject = s.it("mail.backup_confirm.subject")
	l.title = s.it("mail.backup_confirm.title")
	l.what = s.it("mail.backup_confirm.what")
	l.how = s.it("mail.backup_confirm.how")
	l.button = s.it("mail.backup_confirm.button")
	l.expires = s.it("mail.temporary_password.expires")
	l.unexpected = s.it("mail.backup_confirm.unexpected")
	return l
}

func resetSent(s say) letter {
	l := s.base()
	l.subject = s.it("mail.reset_sent.subject")
	l.title = s.it("mail.reset_sent.title")
	l.what = s.it("mail.reset_sent.what")
	l.how = s.it("mail.reset_sent.how")
	l.facts = []fact{{s.it("mail.temporary_password.username"), s.params["username"]}}
	l.button = s.it("mail.temporary_password.title")
	l.expires = s.it("mail.temporary_password.expires")
	l.unexpected = s.it("mail.help.unexpected")
	return l
}

func helpAsked(s say) letter {
	l := s.base()
	l.subject = s.it("mail.help_asked.subject")
	l.title = s.it("mail.help_asked.title")
	l.what = s.it("mail.help_asked.what")
	l.facts = said(
		fact{s.it("mail.request_asked.person"), s.params["person"]},
		fact{s.it("mail.request_asked.email"), s.params["email"]},
		fact{s.it("mail.request_asked.number"), s.params["number"]},
		fact{s.it("mail.help_asked.wish"), s.it("mail.help.what." + s.params["what"])})
	l.quote = fact{s.it("mail.request_asked.note"), s.params["note"]}
	l.button = s.it("mail.request_asked.button")
	return l
}

func helpAnswered(s say) letter {
	l := s.base()
	l.subject = s.it("mail.help_answered.refused.subject")
	l.title = s.it("mail.help_answered.refused.title")
	l.what = s.it("mail.help_answered.refused.what")
	if s.params["answer"] == "done" {
		l.subject = s.it("mail.help_answered.done.subject")
		l.title = s.it("mail.help_answered.done.title")
		l.what = s.it("mail.help_answered.done.what")
	}
	l.facts = []fact{{s.it("mail.help_asked.wish"), s.it("mail.help.what." + s.params["what"])}}
	l.quote = fact{s.it("mail.reason"), s.params["reason"]}
	l.button = s.it("mail.open")
	return l
}

func supportVisits(s say) letter {
	l := s.base()
	l.subject = s.it("mail.support_visits.subject")
	l.title = s.it("mail.support_visits.title")
	l.what = s.it("mail.support_visits.what")
	l.how = s.it("mail.support_visits.how")
	l.facts = said(fact{s.it("mail.support_visits.until"), s.params["expires"]}, fact{s.it("mail.support_visits.ticket"), s.params["ticket"]})
	l.quote = fact{s.it("mail.reason"), s.params["reason"]}
	l.button = s.it("mail.support_visits.button")
	l.unexpected = s.it("mail.support_visits.unexpected")
	return l
}

func emailNamed(s say) letter {
	l := s.base()
	l.subject = s.it("mail.email_named.subject")
	l.title = s.it("mail.email_named.title")
	l.what = s.it("mail.email_named.what")
	l.how = s.it("mail.email_named.how")
	l.facts = []fact{{s.it("mail.email_asked.pending"), s.params["address"]}}
	l.quote = fact{s.it("mail.reason"), s.params["reason"]}
	l.button = s.it("mail.account.button")
	l.unexpected = s.it("mail.email_asked.unexpected")
	return l
}
