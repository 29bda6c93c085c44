package portal

import (
	"encoding/json"
	"fmt"
	"mime"
	"strconv"

	"habilis/internal/account"
	"habilis/web/page"
)

// ownDataForm says what one takes away, and has it taken.
func (s *Server) ownDataForm(v *visit) error {
	person, err := s.Signin.Person(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	return v.ok(page.OwnData(v.desk(v.say.T("account.data.title"), person), v.ownTabs()))
}

// ownData answers with all that is known of who asks, as a file.
func (s *Server) ownData(v *visit) error {
	open, err := v.kept.Of(v.ctx(), v.session.account)
	if err != nil {
		return err
	}
	sessions := make([]account.DataSession, len(open))
	for i, one := range open {
		sessions[i] = account.DataSession{Since: one.Began, LastSeen: one.Seen, Browser: one.Agent, Address: one.Address}
	}
	data, err := s.Account.TakeData(v.ctx(), v.signed, sessions)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(data, "", "  ")
	if err != nil {
		return fmt.Errorf("writing one's own data: %w", err)
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": "habilis-" + data.Account.Username + ".json"}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if _, err := v.w.Write(body); err != nil {
		v.log.Debug("answer cut", "request", originOf(v.r).id, "error", err)
	}
	return nil
}
