package portal

import (
	"habilis/web/page"
	"habilis/web/ui"
)

// backupEmail is one's own backup address, nil for none.
func (v *visit) backupEmail() (*page.BackupEmail, error) {
	b, err := v.Account.BackupEmail(v.ctx(), v.session.account)
	if b == nil || err != nil {
		return nil, err
	}
	mood, key := ui.Info, "account.backup.counts"
	switch {
	case !b.Stands:
		key = "account.backup.void"
	case !b.Verified:
		mood, key = ui.Look, "account.backup.waits"
	}
	return &page.BackupEmail{Mood: mood, Sentence: v.say.T(key, "Email", b.Email), RemoveURL: "/account/backup/remove"}, nil
}

// removeBackup takes one's own backup address away.
func (s *Server) removeBackup(v *visit) error {
	if err := s.Account.RemoveBackup(v.ctx(), v.signed); err != nil {
		return err
	}
	return v.done("/account", v.say.T("account.backup.removed"))
}
