package mail_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"habilis/internal/mail"
)

// told is how a person learns of an act on their access: by one of the letters, or
// why by none.
type told struct {
	letters []string
	why     string
}

func by(letters ...string) told { return told{letters: letters} }
func no(why string) told        { return told{why: why} }

// Why an act needs no letter to anybody.
const (
	readsOnly  = "it reads, and changes nothing"
	refusal    = "it is refused, and changes nothing"
	ofLetters  = "it is what became of a letter"
	ofThePlace = "it is about the place, and nobody's own access"
	byOneself  = "its doer narrows or shows what they have, and sees it at once"
	ofRecords  = "a record is changed, and not who reaches it"
)

// acts are all acts of the journal.
var acts = map[string]told{
	"people.create":          by(mail.TemporaryPassword, mail.Activation),
	"people.resend":          by(mail.TemporaryPassword),
	"people.send_activation": by(mail.Activation),
	"people.edit":            by(mail.AccountUpdated, mail.FactorSet),
	"people.archive":         by(mail.AccountArchived),
	"people.leave":           by(mail.PlaceLeft, mail.ManagerLeft),
	"people.own_phone":       by(mail.AccountUpdated),
	"people.restore":         by(mail.AccountRestored),
	"people.restore_anew":    by(mail.TemporaryPassword, mail.Activation),
	"people.ask_proof":       by(mail.ReturnAsked),
	"people.email_in_use":    no("it is said to the manager who types; the account isn't touched"),

	"roles.give":         by(mail.RoleChanged),
	"roles.replace":      by(mail.RoleChanged),
	"roles.end":          by(mail.RoleChanged),
	"roles.change":       by(mail.RoleChanged),
	"roles.prolong":      by(mail.RoleChanged),
	"roles.warn":         by(mail.AccessEnding, mail.AccessEndingOf),
	"roles.expire":       by(mail.AccessEnded),
	"permissions.change": by(mail.PermissionsChanged),

	"roles.define":           no(refusal),
	"roles.define.create":    no("nobody holds it yet"),
	"roles.define.edit":      no("it may be thousands who hold it: each sees it in what changed of their permissions"),
	"roles.define.retire":    no("who holds it keeps it"),
	"roles.define.reinstate": no("it gives nothing to anybody"),

	"invitations.create":   by(mail.Invitation),
	"invitations.resend":   by(mail.Invitation),
	"invitations.withdraw": no("the invitation gave nothing; its page says that it was withdrawn"),
	"invitations.accept":   by(mail.InvitationAnswered),
	"invitations.decline":  by(mail.InvitationAnswered),

	"requests.ask":    by(mail.RequestAsked),
	"requests.answer": by(mail.RequestAnswered),
	"requests.grant":  by(mail.RequestAnswered, mail.RoleChanged),
	"requests.refuse": by(mail.RequestAnswered),

	"requests.withdraw":   no("nothing was given; support sees that it was withdrawn"),
	"help.withdraw_ask":   no("nothing was done; support sees that it was withdrawn"),
	"help.withdraw_email": no("the address stays what it is: what the other one was sent says that it opens nothing"),

	"help.unblock":         by(mail.AccountUnblocked),
	"help.name_backup":     by(mail.BackupNamed, mail.BackupConfirm),
	"help.change_email":    by(mail.EmailNamed, mail.ConfirmEmail),
	"help.withdraw_backup": by(mail.BackupWithdrawn),
	"help.reset_factor":    by(mail.FactorReset),
	"help.set_password":    by(mail.PasswordByHand),
	"help.send_reset":      by(mail.ResetSent),
	"help.ask":             by(mail.HelpAsked),
	"help.answer":          by(mail.HelpAnswered),
	"help.refuse":          by(mail.HelpAnswered),

	"support.begin":       by(mail.SupportVisits),
	"support.leave":       no("what began is over: its letter said when it would be at the latest"),
	"support.end":         no("its doer answers for the place, and support finds the door shut"),
	"support.expire":      no("its letter said when"),
	"support.read_people": no(readsOnly),
	"support.read_sheets": no(readsOnly),

	"account.email":           by(mail.EmailAsked, mail.ConfirmEmail, mail.EmailChanged),
	"account.password":        by(mail.PasswordChanged),
	"account.factor_added":    by(mail.FactorAdded, mail.FactorChanged),
	"account.factor_removed":  by(mail.FactorChanged),
	"account.factor_replaced": by(mail.FactorChanged),
	"account.export":          no(readsOnly),
	"account.codes_renewed":   by(mail.FactorChanged),
	"account.passkey_copied":  by(mail.PasskeyCopied),

	"account.email_asked":      by(mail.EmailAsked, mail.ConfirmEmail),
	"account.email_kept":       no(byOneself),
	"account.session_ended":    no(byOneself),
	"account.sessions_ended":   no(byOneself),
	"account.device_forgotten": no(byOneself),
	"account.backup_confirmed": by(mail.BackupConfirmed),
	"account.backup_removed":   by(mail.BackupRemoved),
	"account.reset_sent":       by(mail.ResetPassword),

	"signin.begin":  by(mail.NewDevice), // where the device is new
	"signin.arrive": no("it goes on from signin.begin"),
	"signin.hat":    no(byOneself),

	"records.create":   no(ofRecords),
	"records.edit":     no(ofRecords),
	"records.archive":  no(ofRecords),
	"records.restore":  no(ofRecords),
	"records.import":   no("it brings records alone, without who reaches them"),
	"records.assign":   no("work is handed out many times a day: one sees one's records where one works with them"),
	"records.unassign": no("as records.assign"),
	"records.export":   no(readsOnly),

	"settings.save":  no(ofThePlace),
	"tenants.create": no(ofThePlace),

	"roles.export":               no(readsOnly),
	"permissions.export":         no(readsOnly),
	"permissions.export_grid":    no(readsOnly),
	"permissions.export_changes": no(readsOnly),
	"journal.read":               no(readsOnly),

	"mail.send":    no(ofLetters),
	"mail.asked":   by(mail.TemporaryPassword, mail.Activation),
	"mail.sent":    no(ofLetters),
	"mail.refused": no(ofLetters),
	"mail.void":    no(ofLetters),
}

// whole are the files of a folder of the repository whose names end so, as one text.
func whole(t *testing.T, folder, ending string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ending) || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func TestEachActThatChangesAccessTellsThePerson(t *testing.T) {
	known := map[string]bool{}
	for _, found := range regexp.MustCompile(`"journal\.act\.([a-z_.]+)"`).FindAllStringSubmatch(whole(t, "../i18n/messages", ".fr.toml"), -1) {
		known[found[1]] = true
	}
	if len(known) < 60 {
		t.Fatalf("only %d acts were found", len(known))
	}
	caused := map[string]bool{}
	for act := range known {
		how, listed := acts[act]
		switch {
		case strings.HasPrefix(act, "page."):
			continue // a page that was refused
		case !listed:
			t.Errorf("nobody has decided who is told of %s, and how", act)
		case (len(how.letters) > 0) == (how.why != ""):
			t.Errorf("%s has letters and a reason for none, or neither", act)
		}
		for _, letter := range how.letters {
			caused[letter] = true
		}
	}
	for act := range acts {
		if !known[act] {
			t.Errorf("%s is no act of the journal", act)
		}
	}
	for _, letter := range mail.Templates() {
		if !caused[letter] {
			t.Errorf("the letter %s is caused by no act", letter)
		}
	}
	for letter := range caused {
		if !slices.Contains(mail.Templates(), letter) {
			t.Errorf("there is no letter %s", letter)
		}
	}
}

// What the table promises is sent by something.
func TestEachLetterIsSentFromSomewhere(t *testing.T) {
	code := whole(t, "..", ".go")
	for name, template := range mail.TemplateNames(code) {
		if n := len(regexp.MustCompile(`\b`+name+`\b`).FindAllString(code, -1)); n < 3 { // its name, its parameters, who sends it
			t.Errorf("nothing sends the letter %s", template)
		}
	}
}
