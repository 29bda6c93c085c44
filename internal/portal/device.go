package portal

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/i18n"
	"habilis/internal/signin"
	"habilis/web/page"
)

// device is what this browser is known by for an account; nil for one that has no
// cookie.
func (v *visit) device(account uuid.UUID) []byte { return deviceOf(v.r, account) }

// remember has this browser remembered for who has just shown a second factor.
func (v *visit) remember(level access.Factor) error {
	days, err := v.Signin.RememberDays(v.ctx(), v.session.account)
	if err != nil || days == 0 {
		return err
	}
	if err := v.noteDevice(v.session.account); err != nil {
		return err
	}
	return v.Signin.Remember(v.ctx(), v.session.account, v.deviceOwn, agentOf(v.r), originOf(v.r).address, level)
}

// noteDevice notes that someone has come in from this browser. One that is new to
// the account is told to its owner, whatever anybody has set.
func (v *visit) noteDevice(account uuid.UUID) error {
	if v.noted {
		return nil
	}
	v.noted = true
	shown, common := deviceShown(v.r, account)
	value, fresh := freshDevice(account)
	seen := signin.Seen{Shown: shown, Common: common, Fresh: fresh,
		Agent: agentOf(v.r), Address: originOf(v.r).address, Begins: !v.sessions.GetBool(v.ctx(), keyBegun)}
	v.sessions.Put(v.ctx(), keyBegun, true)
	kept, err := v.Signin.NoteDevice(v.ctx(), access.Signed{Account: account, Origin: v.from()}, seen, func(l i18n.Locale) string {
		return browserIn(i18n.For(l), seen.Agent)
	})
	if err != nil {
		return err
	}
	if v.deviceOwn = fresh; kept {
		v.deviceOwn, value = shown, ""
	}
	v.giveDevice(account, value)
	return nil
}

// waive lets a sign-in through without its second factor, where this browser is
// remembered for one; places that don't go by that will ask. It never does after a
// password that is to be changed.
func (v *visit) waive(o *signin.Outcome) error {
	device := v.device(o.Account)
	if o.Stage != signin.StageFactor || o.Choose || device == nil {
		return nil
	}
	waiver, err := v.Signin.Waives(v.ctx(), o.Account, device)
	if err != nil || !waiver.Owed {
		return err
	}
	o.Stage, o.Waiver = signin.StageDone, waiver
	return nil
}

// keepWaiver writes into the session why no second factor was asked for.
func (v *visit) keepWaiver(w access.Waiver) {
	if w.Owed {
		v.sessions.Put(v.ctx(), keyWaived, int(w.At.Unix()))
		v.sessions.Put(v.ctx(), keyWaivedLevel, int(w.Level))
	}
}

// waiver is what the session says of it, for one that has shown nothing since.
func (s *Server) waiver(r *http.Request, shown access.Factor) access.Waiver {
	if shown > access.NoFactor || !s.sessions.Exists(r.Context(), keyWaived) {
		return access.Waiver{}
	}
	w := access.Waiver{Owed: true, Level: access.Factor(s.sessions.GetInt(r.Context(), keyWaivedLevel))}
	if at := s.sessions.GetInt(r.Context(), keyWaived); at > 0 {
		w.At = time.Unix(int64(at), 0)
	}
	return w
}

func (v *visit) deviceRows() ([]page.DeviceRow, error) {
	devices, err := v.Signin.Devices(v.ctx(), v.session.account)
	if err != nil {
		return nil, err
	}
	rows := make([]page.DeviceRow, len(devices))
	for i, d := range devices {
		rows[i] = page.DeviceRow{Browser: v.browser(d.Agent), Address: d.Address, Seen: d.Seen, Remembered: d.Remembered,
			ForgetURL: "/account/devices/" + hex.EncodeToString(d.Hash) + "/forget"}
	}
	return rows, nil
}

// forgetDevice makes a remembered device ask for a second factor again.
func (s *Server) forgetDevice(v *visit) error {
	hash, err := hex.DecodeString(chi.URLParam(v.r, "device"))
	if err != nil || len(hash) != sha256.Size {
		return fault.NotFound("portal.absent")
	}
	forgotten, err := s.Signin.Forget(v.ctx(), v.signed, hash)
	if err != nil {
		return err
	}
	if !forgotten {
		return fault.NotFound("account.device.gone")
	}
	return v.done("/account", v.say.T("account.device.forgotten"))
}
