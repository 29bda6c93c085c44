package portal

import (
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"

	"habilis/internal/access"
	"habilis/internal/audit"
	"habilis/internal/fault"
	"habilis/internal/help"
	"habilis/internal/journal"
	"habilis/internal/people"
	"habilis/internal/records"
	"habilis/internal/roles"
	"habilis/internal/signin"
	"habilis/internal/stay"
	"habilis/internal/tenants"
	"habilis/web/static"
)

// member is the need of what anyone of a place may do.
var member = access.Need{Member: true}

// Routes is every page and act of the portal: those below, and the pages of places
// once more as support sees them when it visits one.
func (s *Server) Routes() []Route {
	routes := s.routes()
	for _, r := range routes {
		if r.Room == Place {
			routes = append(routes, s.toGuests(r))
		}
	}
	return routes
}

func (s *Server) routes() []Route {
	return []Route{
		open("GET", "/", s.start),
		open("GET", "/signin", s.signInForm),
		open("POST", "/signin", s.signIn),
		open("GET", "/signin/forgot", s.forgotForm),
		open("POST", "/signin/forgot", s.forgot),
		open("POST", "/signin/passkey/options", s.askPasskey),
		open("POST", "/signin/passkey", s.signInByPasskey),
		open("POST", "/signout", s.signOut),
		open("POST", "/language", s.language),

		open("GET", "/link/{secret}", s.openLink),
		open("GET", "/link", s.linkForm),
		open("POST", "/link", s.useLink),
		open("POST", "/link/strength", s.linkStrength),
		open("POST", "/link/again", s.anotherLink),
		open("POST", "/link/signout", s.leaveForLink),

		hall("GET", "/signin/factor", signin.StageFactor, s.factorForm),
		hall("POST", "/signin/factor", signin.StageFactor, s.factor),
		hall("POST", "/signin/factor/send", signin.StageFactor, s.sendCode),
		hall("POST", "/signin/factor/passkey/options", signin.StageFactor, s.askOwnPasskey),
		hall("POST", "/signin/factor/passkey", signin.StageFactor, s.factorByPasskey),
		hall("GET", "/signin/prove", signin.StageProve, s.proveForm),
		hall("POST", "/signin/prove", signin.StageProve, s.provePassword),
		hall("GET", "/signin/enrol", signin.StageEnrol, s.enrolForm),
		s.whenever(hall("POST", "/signin/enrol", signin.StageEnrol, s.enrol)),
		hall("POST", "/signin/enrol/passkey/options", signin.StageEnrol, s.offerFirstPasskey),
		s.whenever(hall("POST", "/signin/enrol/passkey", signin.StageEnrol, s.enrolPasskey)),
		hall("GET", "/signin/choose", signin.StageChoose, s.chooseForm),
		hall("POST", "/signin/choose", signin.StageChoose, s.choose),
		hall("POST", "/signin/choose/strength", signin.StageChoose, s.strengthMeter),

		desk("GET", "/account/confirm", s.confirmForm),
		desk("POST", "/account/confirm", s.confirm),

		desk("GET", "/places", s.places),
		desk("GET", "/account", s.account),
		desk("GET", "/account/places", s.ownPlaces),
		desk("GET", "/account/journal", s.ownJournal),
		desk("GET", "/account/data", s.ownDataForm),
		desk("POST", "/account/data", s.sensitive(s.ownData)),
		desk("GET", "/account/password", s.changePasswordForm),
		desk("POST", "/account/password", s.changePassword),
		desk("POST", "/account/password/strength", s.strengthMeter),
		desk("GET", "/account/email", s.emailForm),
		desk("POST", "/account/email", s.guarded(s.askEmail)), // mail is how one comes back in, and where codes may go
		desk("POST", "/account/email/keep", s.keepEmail),
		desk("POST", "/account/backup/remove", s.sensitive(s.removeBackup)),
		desk("GET", "/account/factors/app", s.guarded(s.addAppForm)),
		desk("POST", "/account/factors/app", s.guarded(s.once(s.addApp))),
		desk("GET", "/account/factors/email", s.guarded(s.addEmailForm)),
		desk("POST", "/account/factors/email", s.guarded(s.addEmail)),
		desk("POST", "/account/factors/email/send", s.guarded(s.sendEmail)),
		desk("GET", "/account/factors/sms", s.guarded(s.addSMSForm)),
		desk("POST", "/account/factors/sms", s.guarded(s.addSMS)),
		desk("POST", "/account/factors/sms/send", s.guarded(s.sendSMS)),
		desk("GET", "/account/factors/{id}/replace", s.guarded(s.replaceAppForm)),
		desk("POST", "/account/factors/{id}/replace", s.guarded(s.once(s.replaceApp))),
		desk("GET", "/account/factors/{id}/remove", s.guarded(s.removeFactorForm)),
		desk("POST", "/account/factors/{id}/remove", s.guarded(s.removeFactor)),
		desk("GET", "/account/codes", s.guarded(s.renewCodesForm)),
		desk("POST", "/account/codes", s.guarded(s.once(s.renewCodes))),
		desk("POST", "/account/sessions/{id}/end", s.endSession),
		desk("POST", "/account/sessions/end", s.endOtherSessions),
		desk("POST", "/account/devices/{device}/forget", s.forgetDevice),
		desk("POST", "/account/confirm/passkey/options", s.askOwnPasskey),
		desk("GET", "/account/passkeys/new", s.guarded(s.addPasskeyForm)),
		desk("POST", "/account/passkeys/options", s.guarded(s.offerPasskey)),
		desk("POST", "/account/passkeys", s.guarded(s.once(s.addPasskey))),
		desk("GET", "/account/passkeys/{id}/rename", s.renamePasskeyForm),
		desk("POST", "/account/passkeys/{id}/rename", s.renamePasskey),
		desk("GET", "/account/passkeys/{id}/remove", s.guarded(s.removePasskeyForm)),
		desk("POST", "/account/passkeys/{id}/remove", s.guarded(s.removePasskey)),
		desk("GET", "/invitations/{id}", s.invitation),
		desk("POST", "/invitations/{id}/accept", s.acceptInvitation),
		desk("POST", "/invitations/{id}/decline", s.declineInvitation),
		desk("GET", "/support", s.supportQueue),
		desk("GET", "/support/places", s.findPlace),
		desk("GET", "/support/places/{number}", s.stayForm),
		desk("POST", "/support/places/{number}", s.guarded(s.beginStay)),
		desk("POST", "/support/leave", s.leaveStay),
		desk("GET", "/support/{tenant}/{id}", s.supportRequest),
		desk("POST", "/support/{tenant}/{id}", s.answerRequest),
		desk("GET", "/support/{tenant}/help/{id}", s.helpRequest),
		desk("POST", "/support/{tenant}/help/{id}", s.answerHelp),

		place("GET", "/", people.NeedDashboard, s.dashboard),
		place("POST", "/hat", member, s.hat),
		place("GET", "/leave", people.NeedLeave, s.leaveForm),
		place("POST", "/leave", people.NeedLeave, s.leave),
		place("GET", "/phone", people.NeedOwnPhone, s.ownPhoneForm),
		place("POST", "/phone", people.NeedOwnPhone, s.correctOwnPhone),

		place("GET", "/people", people.NeedList, s.peopleList),
		place("GET", "/people/new", people.NeedCreate, s.newPerson),
		place("POST", "/people", people.NeedCreate, s.createPerson),
		place("GET", "/people/new/role", people.NeedCreate, s.newPersonRole),
		place("GET", "/people/new/username", people.NeedCreate, s.proposeUsername),
		place("POST", "/people/new/strength", people.NeedCreate, s.newPersonStrength),
		place("GET", "/people/permissions", roles.NeedHands, s.editManyPermissions),
		place("POST", "/people/permissions", roles.NeedHands, s.saveManyPermissions),
		place("GET", "/people/{id}", people.NeedSheet, s.personProfile),
		place("GET", "/people/{id}/access", people.NeedSheet, s.personAccess),
		place("POST", "/people/{id}/access/resend", people.NeedResend, s.resend),
		place("POST", "/people/{id}/access/reset", help.NeedReset, s.sendReset),
		place("GET", "/people/{id}/access/unblock", help.NeedUnblock, s.unblockForm),
		place("POST", "/people/{id}/access/unblock", help.NeedUnblock, s.unblock),
		place("GET", "/people/{id}/access/factor", help.NeedFactor, s.factorResetForm),
		place("POST", "/people/{id}/access/factor", help.NeedFactor, s.resetFactor),
		place("GET", "/people/{id}/access/email", help.NeedEmail, s.newEmailForm),
		place("POST", "/people/{id}/access/email", help.NeedEmail, s.changeEmail),
		place("POST", "/people/{id}/access/email/withdraw", help.NeedWithdrawEmail, s.withdrawEmail),
		place("GET", "/people/{id}/access/backup", help.NeedBackup, s.backupForm),
		place("POST", "/people/{id}/access/backup", help.NeedBackup, s.nameBackup),
		place("POST", "/people/{id}/access/backup/withdraw", help.NeedWithdraw, s.withdrawBackup),
		place("GET", "/people/{id}/access/password", help.NeedPassword, s.sensitive(s.byHandForm)),
		place("POST", "/people/{id}/access/password", help.NeedPassword, s.setByHand),
		place("POST", "/people/{id}/access/password/strength", help.NeedPassword, s.byHandStrength),
		place("GET", "/people/{id}/access/support", help.NeedAsk, s.askHelpForm),
		place("POST", "/people/{id}/access/support", help.NeedAsk, s.askHelp),
		place("POST", "/people/{id}/access/support/{request}/withdraw", help.NeedWithdrawAsked, s.withdrawAsked),
		place("GET", "/people/{id}/edit", people.NeedEdit, s.editPerson),
		place("POST", "/people/{id}/edit", people.NeedEdit, s.savePerson),
		place("GET", "/people/{id}/archive", people.NeedArchive, s.archiveForm),
		place("POST", "/people/{id}/archive", people.NeedArchive, s.archive),
		place("POST", "/people/{id}/restore", people.NeedRestore, s.restore),

		place("GET", "/people/{id}/roles", roles.NeedList, s.heldRoles),
		place("GET", "/people/{id}/roles/new", roles.NeedChange, s.addRole),
		place("POST", "/people/{id}/roles", roles.NeedChange, s.giveRole),
		place("GET", "/people/{id}/roles/{grant}", roles.NeedChange, s.changeRole),
		place("POST", "/people/{id}/roles/{grant}", roles.NeedChange, s.replaceRole),
		place("GET", "/people/{id}/roles/{grant}/end", roles.NeedChange, s.endRoleForm),
		place("POST", "/people/{id}/roles/{grant}/end", roles.NeedChange, s.endRole),
		place("GET", "/people/{id}/roles/{grant}/prolong", roles.NeedProlong, s.prolongForm),
		place("POST", "/people/{id}/roles/{grant}/prolong", roles.NeedProlong, s.prolong),
		place("GET", "/people/{id}/permissions", roles.NeedPermissions, s.permissions),
		place("GET", "/people/{id}/permissions/edit", roles.NeedHands, s.editPermissions),
		place("POST", "/people/{id}/permissions", roles.NeedHands, s.savePermissions),
		place("GET", "/people/{id}/request", roles.NeedRequest, s.requestForm),
		place("POST", "/people/{id}/request", roles.NeedRequest, s.request),
		place("POST", "/people/{id}/request/{request}/withdraw", roles.NeedWithdrawRequest, s.withdrawRequest),

		place("GET", "/invitations", people.NeedInvitations, s.invitations),
		place("GET", "/invitations/new", people.NeedInvite, s.inviteForm),
		place("POST", "/invitations", people.NeedInvite, s.invite),
		place("POST", "/invitations/{id}/resend", people.NeedInvite, s.resendInvitation),
		place("POST", "/invitations/{id}/withdraw", people.NeedWithdraw, s.withdrawInvitation),

		place("GET", "/roles", roles.NeedCatalogue, s.catalogue),
		place("GET", "/roles/new", roles.NeedDefine, s.newRole),
		place("POST", "/roles", roles.NeedDefine, s.createRole),
		place("GET", "/roles/matrix", roles.NeedCatalogue, s.heavy(s.matrix)),
		place("GET", "/roles/matrix/export", roles.NeedExport, s.heavy(s.exportMatrix)),
		place("GET", "/roles/{id}", roles.NeedCatalogue, s.role),
		place("GET", "/roles/{id}/copy", roles.NeedDefine, s.copyRole),
		place("GET", "/roles/{id}/edit", roles.NeedDefine, s.editRole),
		place("POST", "/roles/{id}/edit", roles.NeedDefine, s.saveRole),
		place("GET", "/roles/{id}/retire", roles.NeedDefine, s.retireForm),
		place("POST", "/roles/{id}/retire", roles.NeedDefine, s.retire),
		place("GET", "/roles/{id}/reinstate", roles.NeedDefine, s.reinstateForm),
		place("POST", "/roles/{id}/reinstate", roles.NeedDefine, s.reinstate),

		place("GET", "/people/{id}/permissions/why", audit.NeedWhy, s.why),
		place("GET", "/people/{id}/permissions/export", audit.NeedAsOf, s.heavy(s.exportPermissions)),
		place("GET", "/people/{id}/permissions/changes", audit.NeedAsOf, s.changes),
		place("GET", "/people/{id}/try", audit.NeedTry, s.try),
		place("GET", "/why", audit.NeedOwnWhy, s.ownWhy),
		place("GET", "/who", audit.NeedWho, s.who),
		place("GET", "/who/export", audit.NeedWho, s.heavy(s.exportWho)),

		place("GET", "/records", records.NeedList, s.recordsList),
		place("GET", "/records/export", records.NeedExport, s.heavy(s.exportRecords)),
		place("GET", "/records/new", records.NeedAdd, s.newRecord),
		place("POST", "/records", records.NeedAdd, s.addRecord),
		place("GET", "/records/import", records.NeedImport, s.importForm),
		place("POST", "/records/import", records.NeedImport, s.uploadRecords),
		place("GET", "/records/import/template", records.NeedImport, s.importTemplate),
		place("GET", "/records/import/{draft}", records.NeedImport, s.importPreview),
		place("POST", "/records/import/{draft}", records.NeedImport, s.confirmImport),
		place("GET", "/records/{id}", records.NeedSheet, s.record),
		place("GET", "/records/{id}/edit", records.NeedEdit, s.editRecord),
		place("POST", "/records/{id}/edit", records.NeedEdit, s.saveRecord),
		place("POST", "/records/{id}/archive", records.NeedArchive, s.archiveRecord),
		place("POST", "/records/{id}/restore", records.NeedRestore, s.restoreRecord),
		place("GET", "/people/{id}/records", records.NeedAssigned, s.personRecords),
		place("GET", "/people/{id}/records/new", records.NeedAssign, s.assignForm),
		place("POST", "/people/{id}/records", records.NeedAssign, s.assign),
		place("POST", "/people/{id}/records/withdraw", records.NeedUnassign, s.unassign),

		place("GET", "/journal", journal.NeedList, s.journalPage),
		place("GET", "/visits", stay.NeedSee, s.stays),
		place("POST", "/visits/{id}/end", stay.NeedEnd, s.endStay),
		place("GET", "/settings", tenants.NeedSettings, s.settingsForm),
		place("POST", "/settings", tenants.NeedSaveSettings, s.saveSettings),
	}
}

// mountPlain mounts what needs no session.
func (s *Server) mountPlain(router chi.Router) {
	router.Handle(static.Prefix+"*", static.Handler())
	if s.Mailbox != nil {
		router.Method(http.MethodGet, "/demo/mail", s.plain(s.mailbox))
		router.Method(http.MethodGet, "/demo/mail/{id}", s.plain(s.letter))
	}
}

// absent answers where there is nothing. It finds the place of the address, if
// there is one, for the menus of who belongs there.
func absent(v *visit) error {
	rest, inPlace := strings.CutPrefix(v.r.URL.Path, "/p/")
	if !inPlace {
		rest, inPlace = strings.CutPrefix(v.r.URL.Path, visited)
		v.guest = inPlace
	}
	if inPlace && v.session.whole() {
		number, _, _ := strings.Cut(rest, "/")
		if found, err := v.Tenants.ByNumber(v.ctx(), number); err == nil {
			v.number = number
			v.stand(found)
		}
	}
	return fault.NotFound("portal.absent")
}
