package mail

// letters are the templates, by the names of internal/mail.
var letters = map[string]func(say) letter{
	"temporary_password":  temporaryPassword,
	"activation":          activation,
	"reset_password":      resetPassword,
	"invitation":          invitation,
	"invitation_answered": invitationAnswered,
	"role_changed":        roleChanged,
	"permissions_changed": permissionsChanged,
	"request_asked":       requestAsked,
	"request_answered":    requestAnswered,
	"account_archived":    accountArchived,
	"account_restored":    accountRestored,
	"account_updated":     accountUpdated,
	"access_ended":        accessEnded,
	"access_ending":       accessEnding,
	"access_ending_of":    accessEndingOf,
	"account_unblocked":   accountUnblocked,
	"factor_reset":        factorReset,
	"password_by_hand":    passwordByHand,
	"backup_named":        backupNamed,
	"backup_withdrawn":    backupWithdrawn,
	"backup_confirm":      backupConfirm,
	"reset_sent":          resetSent,
	"help_asked":          helpAsked,
	"help_answered":       helpAnswered,
	"email_named":         emailNamed,
	"support_visits":      supportVisits,
	"password_changed":    passwordChanged,
	"factor_added":        factorAdded,
	"passkey_copied":      passkeyCopied,
	"factor_changed":      factorChanged,
	"new_device":          newDevice,
	"place_left":          placeLeft,
	"manager_left":        managerLeft,
	"factor_code":         factorCode,
	"factor_set":          factorSet,
	"confirm_email":       confirmEmail,
	"email_asked":         emailAsked,
	"email_changed":       emailChanged,
	"return_asked":        returnAsked,
	"backup_confirmed":    backupConfirmed,
	"backup_removed":      backupRemoved,
}

func temporaryPassword(s say) letter {
	l := s.base()
	l.subject = s.it("mail.temporary_password.subject")
	l.title = s.it("mail.temporary_password.title")
	l.what = s.it("mail.temporary_password.what")
	l.how = s.it("mail.temporary_password.how")
	l.facts = []fact{{s.it("mail.temporary_password.username"), s.params["username"]}}
	l.secret = fact{s.it("mail.temporary_password.password"), s.params["password"]}
	l.button = s.it("mail.temporary_password.button")
	l.expires = s.it("mail.temporary_password.expires")
	l.unexpected = s.it("mail.temporary_password.unexpected")
	return l
}

func activation(s say) letter {
	l := s.base()
	l.subject = s.it("mail.activation.subject")
	l.title = s.it("mail.activation.title")
	l.what = s.it("mail.activation.what")
	l.how = s.it("mail.activation.how")
	l.facts = []fact{{s.it("mail.temporary_password.username"), s.params["username"]}}
	l.button = s.it("mail.activation.button")
	l.expires = s.it("mail.link_expires")
	l.unexpected = s.it("mail.activation.unexpected")
	return l
}

func resetPassword(s say) letter {
	l := s.base()
	l.subject = s.it("mail.reset_password.subject")
	l.title = s.it("mail.reset_password.title")
	l.what = s.it("mail.reset_password.what")
	l.how = s.it("mail.reset_password.how")
	l.facts = []fact{{s.it("mail.temporary_password.username"), s.params["username"]}}
	l.button = s.it("mail.reset_password.button")
	l.expires = s.it("mail.link_expires")
	l.unexpected = s.it("mail.reset_password.unexpected")
	return l
}

func returnAsked(s say) letter {
	l := resetPassword(s)
	l.subject = s.it("mail.return_asked.subject")
	l.title = s.it("mail.return_asked.title")
	l.what = s.it("mail.return_asked.what")
	l.how = s.it("mail.return_asked.how")
	return l
}

func invitation(s say) letter {
	l := s.base()
	l.subject = s.it("mail.invitation.subject")
	l.title = s.it("mail.invitation.title")
	l.what = s.it("mail.invitation.what")
	l.how = s.it("mail.invitation.how")
	l.button = s.it("mail.invitation.button")
	l.expires = s.it("mail.invitation.expires")
	l.unexpected = s.it("mail.invitation.unexpected")
	return l
}

func invitationAnswered(s say) letter {
	l := s.base()
	l.subject = s.it("mail.invitation_answered.declined.subject")
	l.title = s.it("mail.invitation_answered.declined.title")
	l.what = s.it("mail.invitation_answered.declined.what")
	if s.params["answer"] == "accepted" {
		l.subject = s.it("mail.invitation_answered.accepted.subject")
		l.title = s.it("mail.invitation_answered.accepted.title")
		l.what = s.it("mail.invitation_answered.accepted.what")
	}
	l.button = s.it("mail.invitation_answered.button")
	return l
}

func roleChanged(s say) letter {
	l := s.base()
	l.subject = s.it("mail.role_changed.subject")
	l.title = s.it("mail.role_changed.title")
	l.what = s.it("mail.role_changed.what")
	l.how = s.it("mail.role_changed.how")
	l.facts = said(
		fact{s.it("mail.role_changed.given"), s.params["given"]},
		fact{s.it("mail.role_changed.until"), s.params["until"]},
		fact{s.it("mail.role_changed.ended"), s.params["ended"]})
	l.button = s.it("mail.open")
	l.unexpected = s.it("mail.role_changed.unexpected")
	return l
}

func permissionsChanged(s say) letter {
	l := s.base()
	l.subject = s.it("mail.permissions_changed.subject")
	l.title = s.it("mail.permissions_changed.title")
	l.what = s.it("mail.permissions_changed.what")
	l.how = s.it("mail.role_changed.how")
	l.facts = said(
		fact{s.it("mail.permissions_changed.widened"), s.params["widened"]},
		fact{s.it("mail.permissions_changed.narrowed"), s.params["narrowed"]})
	l.button = s.it("mail.open")
	l.unexpected = s.it("mail.role_changed.unexpected")
	return l
}

func requestAsked(s say) letter {
	l := s.base()
	l.subject = s.it("mail.request_asked.subject")
	l.title = s.it("mail.request_asked.title")
	l.what = s.it("mail.request_asked.what")
	l.facts = said(
		fact{s.it("mail.request_asked.person"), s.params["person"]},
		fact{s.it("mail.request_asked.email"), s.params["email"]},
		fact{s.it("mail.request_asked.number"), s.params["number"]})
	l.quote = fact{s.it("mail.request_asked.note"), s.params["note"]}
	l.button = s.it("mail.request_asked.button")
	return l
}

func requestAnswered(s say) letter {
	l := s.base()
	l.subject = s.it("mail.request_answered.refused.subject")
	l.title = s.it("mail.request_answered.refused.title")
	l.what = s.it("mail.request_answered.refused.what")
	l.how = s.it("mail.request_answered.refused.how")
	if s.params["answer"] == "granted" {
		l.subject = s.it("mail.request_answered.granted.subject")
		l.title = s.it("mail.request_answered.granted.title")
		l.what = s.it("mail.request_answered.granted.what")
		l.how = s.it("mail.request_answered.granted.how")
	}
	l.quote = fact{s.it("mail.reason"), s.params["reason"]}
	l.button = s.it("mail.open")
	return l
}

func accountArchived(s say) letter {
	l := s.base()
	l.subject = s.it("mail.account_archived.subject")
	l.title = s.it("mail.account_archived.title")
	l.what = s.it("mail.account_archived.what")
	l.how = s.it("mail.account_archived.how")
	l.unexpected = s.it("mail.account_archived.unexpected")
	return l
}

func accountRestored(s say) letter {
	l := s.base()
	l.subject = s.it("mail.account_restored.subject")
	l.title = s.it("mail.account_restored.title")
	l.what = s.it("mail.account_restored.what")
	l.how = s.it("mail.account_restored.how")
	l.button = s.it("mail.open")
	return l
}

func accountUpdated(s say) letter {
	l := s.base()
	l.subject = s.it("mail.account_updated.subject")
	l.title = s.it("mail.account_updated.title")
	l.what = s.it("mail.account_updated.what")
	l.how = s.it("mail.account_updated.how")
	l.facts = []fact{{s.it("mail.account_updated.changed"), s.params["changed"]}}
	l.button = s.it("mail.open")
	l.unexpected = s.it("mail.role_changed.unexpected")
	return l
}

func accessEnding(s say) letter {
	l := s.base()
	l.subject = s.it("mail.access_ending.subject")
	l.title = s.it("mail.access_ending.title")
	l.what = s.it("mail.access_ending.what")
	l.how = s.it("mail.access_ending.how")
	l.button = s.it("mail.open")
	return l
}

func accessEnded(s say) letter {
	l := s.base()
	l.subject = s.it("mail.access_ended.subject")
	l.title = s.it("mail.access_ended.title")
	l.what = s.it("mail.access_ended.what")
	l.how = s.it("mail.access_ended.how")
	l.button = s.it("mail.open")
	return l
}

func accessEndingOf(s say) letter {
	l := s.base()
	l.subject = s.it("mail.access_ending_of.subject")
	l.title = s.it("mail.access_ending_of.title")
	l.what = s.it("mail.access_ending_of.what")
	l.how = s.it("mail.access_ending_of.how")
	l.button = s.it("mail.access_ending_of.button")
	return l
}

func passwordChanged(s say) letter {
	l := s.base()
	l.subject = s.it("mail.password_changed.subject")
	l.title = s.it("mail.password_changed.title")
	l.what = s.it("mail.password_changed.what")
	l.how = s.it("mail.password_changed.how")
	l.button = s.it("mail.password_changed.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}

func factorAdded(s say) letter {
	l := s.base()
	l.subject = s.it("mail.factor_added.subject")
	l.title = s.it("mail.factor_added.title")
	l.what = s.it("mail.factor_added.what")
	l.how = s.it("mail.factor_added.how")
	l.button = s.it("mail.password_changed.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}

func factorChanged(s say) letter {
	l := s.base()
	l.subject = s.it("mail.factor_changed.subject")
	l.title = s.it("mail.factor_changed.title")
	l.what = s.it("mail.factor_changed.what")
	l.facts = []fact{{s.it("mail.factor_changed.change"), s.it("mail.factor_changed." + s.params["change"])}}
	l.how = s.it("mail.factor_changed.how")
	if s.params["choose"] != "" {
		l.how = s.it("mail.factor_changed.how.choose")
	}
	l.button = s.it("mail.password_changed.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}

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

// placeLeft has no button: there is nothing to open any more.
func placeLeft(s say) letter {
	l := s.base()
	l.subject = s.it("mail.place_left.subject")
	l.title = s.it("mail.place_left.title")
	l.what = s.it("mail.place_left.what")
	l.how = s.it("mail.place_left.how")
	l.unexpected = s.it("mail.place_left.unexpected")
	if s.params["last"] != "" { // there is no way in left to protect
		l.unexpected = s.it("mail.place_left.unexpected_last")
	}
	return l
}

func managerLeft(s say) letter {
	l := s.base()
	l.subject = s.it("mail.manager_left.subject")
	l.title = s.it("mail.manager_left.title")
	l.what = s.it("mail.manager_left.what")
	l.how = s.it("mail.manager_left.how")
	l.button = s.it("mail.manager_left.button")
	return l
}

func newDevice(s say) letter {
	l := s.base()
	l.subject = s.it("mail.new_device.subject")
	l.title = s.it("mail.new_device.title")
	l.what = s.it("mail.new_device.what")
	l.facts = said(
		fact{s.it("mail.new_device.device"), s.params["device"]},
		fact{s.it("mail.new_device.address"), s.params["address"]},
		fact{s.it("mail.new_device.places"), s.params["places"]})
	l.how = s.it("mail.new_device.how")
	l.button = s.it("mail.new_device.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}

func factorSet(s say) letter {
	l := s.base()
	l.subject = s.it("mail.factor_set.subject")
	l.title = s.it("mail.factor_set.title")
	l.what = s.it("mail.factor_set.what")
	l.how = s.chosenAfter(s.it("mail.factor_set." + s.params["factor"]))
	l.button = s.it("mail.open")
	l.unexpected = s.it("mail.role_changed.unexpected")
	return l
}

// chosenAfter adds to what a change of second factors means that another password is
// to be chosen, where it is.
func (s say) chosenAfter(how string) string {
	if s.params["choose"] == "" {
		return how
	}
	return how + " " + s.it("mail.factor.choose")
}

// factorCode has no button: the code is for the page that asked for it.
func factorCode(s say) letter {
	l := s.base()
	l.subject = s.it("mail.factor_code.subject")
	l.title = s.it("mail.factor_code.title")
	l.what = s.it("mail.factor_code.what")
	l.secret = fact{s.it("mail.factor_code.code"), s.params["code"]}
	l.expires = s.it("mail.factor_code.expires")
	l.unexpected = s.it("mail.factor_code.unexpected")
	return l
}

func confirmEmail(s say) letter {
	l := s.base()
	l.subject = s.it("mail.confirm_email.subject")
	l.title = s.it("mail.confirm_email.title")
	l.what = s.it("mail.confirm_email.what")
	l.how = s.it("mail.confirm_email.how")
	l.button = s.it("mail.confirm_email.button")
	l.expires = s.it("mail.link_expires")
	l.unexpected = s.it("mail.confirm_email.unexpected")
	return l
}

func emailAsked(s say) letter {
	l := s.base()
	l.subject = s.it("mail.email_asked.subject")
	l.title = s.it("mail.email_asked.title")
	l.what = s.it("mail.email_asked.what")
	l.facts = said(fact{s.it("mail.email_asked.pending"), s.params["pending"]})
	l.how = s.it("mail.email_asked.how")
	l.button = s.it("mail.email_asked.button")
	l.unexpected = s.it("mail.email_asked.unexpected")
	return l
}

func emailChanged(s say) letter {
	l := s.base()
	l.subject = s.it("mail.email_changed.subject")
	l.title = s.it("mail.email_changed.title")
	l.what = s.it("mail.email_changed.what")
	l.facts = said(fact{s.it("mail.email_changed.address"), s.params["address"]})
	l.how = s.it("mail.email_changed.how")
	l.button = s.it("mail.password_changed.button")
	l.unexpected = s.it("mail.password_changed.unexpected")
	return l
}

// said leaves out the facts that say nothing.
func said(facts ...fact) []fact {
	var kept []fact
	for _, f := range facts {
		if f.value != "" {
			kept = append(kept, f)
		}
	}
	return kept
}
