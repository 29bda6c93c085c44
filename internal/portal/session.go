package portal

import (
	"cmp"
	"context"
	"net/http"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/postgres"
	"habilis/internal/signin"
)

// The values of a session. It carries who is signed in and how far, never what
// they may do.
const (
	keyStage       = "stage"        // what is still to be shown before the session is whole
	keyFactor      = "factor"       // the second factor that was shown: an access.Factor
	keyAsked       = "asked"        // the second factor to show at least, at its stage: an access.Factor
	keyThrough     = "through"      // the mailbox of the secret that the sign-in began with
	keyFirst       = "first"        // nobody had come in with the account before this sign-in
	keyWaived      = "waived"       // when this device last showed the second factor that was not asked for, in Unix seconds; 0 counts no longer
	keyWaivedLevel = "waived.level" // an access.Factor
	keyLocale      = "locale"
	keyFlash       = "flash"
	keyNext        = "next"    // where to go once signed in
	keyUnsaved     = "unsaved" // that what was sent came before the sign-in was complete, and was lost
	keyChoose      = "choose"  // a password is to be chosen before all is done
	keyRemoved     = "removed" // that is so because a second factor was taken away in this session
	keyLink        = "link"    // the link that was opened here: a handle of signin
	keyHat         = "hat."    // + tenant: the role acted in there
	keyRead        = "read."   // + tenant: the reading of its journal was noted
	keyBegun       = "begun"   // that someone came in was noted in their journal
	keyReadAsGuest = "stay."   // + tenant: that by support, in the stay that is under way; + the kind of page for others
	keyCame        = "came."   // + tenant: the arrival there was noted
)

// session is what the request's session says.
type session struct {
	account uuid.UUID // zero when nobody is signed in
	stage   signin.Stage
}

// whole reports whether the sign-in is complete.
func (s session) whole() bool { return s.account != uuid.Nil && s.stage == signin.StageDone }

func (s *Server) sessionOf(r *http.Request) session {
	account, err := uuid.Parse(s.sessions.GetString(r.Context(), postgres.SessionAccount))
	if err != nil {
		return session{}
	}
	return session{account, signin.Stage(s.sessions.GetString(r.Context(), keyStage))}
}

// signedIn is who is signed in, wearing the hat chosen for the place.
func (s *Server) signedIn(r *http.Request, tenant uuid.UUID) access.Signed {
	hat, _ := uuid.Parse(s.sessions.GetString(r.Context(), keyHat+tenant.String()))
	session, _ := uuid.Parse(s.sessions.GetString(r.Context(), postgres.SessionID))
	o := originOf(r)
	account := s.sessionOf(r).account
	return access.Signed{
		Account: account,
		Browser: deviceOf(r, account),
		Hat:     hat,
		Factor:  s.factorShown(r.Context()),
		Waiver:  s.waiver(r, s.factorShown(r.Context())),
		Proven:  s.provenAt(r.Context(), s.clock()),
		Origin:  access.Origin{Address: o.address, RequestID: o.id},
		Session: session,
		Claim:   postgres.ClaimOf(r.Context()),
	}
}

// factorShown is the second factor that was shown in the session.
func (s *Server) factorShown(ctx context.Context) access.Factor {
	return access.Factor(s.sessions.GetInt(ctx, keyFactor))
}

// leave ends the session of who is signed in, which goes on under no other token.
func (v *visit) leave() error {
	if v.session.account == uuid.Nil || v.signed.Session == uuid.Nil {
		return nil
	}
	return v.kept.Leave(v.ctx(), v.session.account, v.signed.Session)
}

// forget ends the session of whoever used the browser before, and empties it but for
// the language of the screens.
func (v *visit) forget() error {
	if err := v.leave(); err != nil {
		return err
	}
	locale := v.sessions.GetString(v.ctx(), keyLocale)
	if err := v.sessions.Clear(v.ctx()); err != nil {
		return err
	}
	if locale != "" {
		v.sessions.Put(v.ctx(), keyLocale, locale)
	}
	return nil
}

// rename gives the session another identifier, and no longer life.
func (v *visit) rename() error {
	deadline := v.sessions.Deadline(v.ctx())
	if err := v.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	v.sessions.SetDeadline(v.ctx(), deadline)
	return nil
}

// begin starts the session of an account at a stage of its sign-in, under a
// new identifier.
func (v *visit) begin(account uuid.UUID, generation int, stage signin.Stage, factor access.Factor) error {
	if err := v.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), postgres.SessionAccount, account.String())
	v.sessions.Put(v.ctx(), postgres.SessionGeneration, generation)
	v.sessions.Put(v.ctx(), keyStage, string(stage))
	v.sessions.Put(v.ctx(), keyFactor, int(factor))
	if stage == signin.StageDone {
		v.sessions.Remove(v.ctx(), keyUnsaved)
		return v.noteDevice(account)
	}
	return nil
}

// introduce notes what the owner of the account will be shown of the session:
// when, from where and in what it began.
func (v *visit) introduce() {
	for name, value := range map[string]any{
		postgres.SessionID:      access.NewID().String(),
		postgres.SessionBegan:   int(v.now.Unix()),
		postgres.SessionAddress: originOf(v.r).address,
		postgres.SessionAgent:   agentOf(v.r),
	} {
		v.sessions.Put(v.ctx(), name, value)
	}
}

// goOn takes the session up again, alone of its account's, after all were ended:
// under a new identifier, in a new generation, until the same hour as before.
func (v *visit) goOn(generation int) error {
	if err := v.rename(); err != nil {
		return err
	}
	v.sessions.Put(v.ctx(), postgres.SessionGeneration, generation)
	if v.sessions.Exists(v.ctx(), keyWaived) {
		v.sessions.Put(v.ctx(), keyWaived, 0) // what ended the sessions ended the word of devices
	}
	return nil
}

// localeOf is the reader's locale: chosen, else the browser's.
func (s *Server) localeOf(r *http.Request) i18n.Locale {
	chosen := i18n.Locale(s.sessions.GetString(r.Context(), keyLocale))
	return i18n.Match(cmp.Or(chosen, chosenUnsigned(r)), r.Header.Get("Accept-Language"), "")
}

// visitOf prepares a request, whose session is loaded, for its handler.
func (s *Server) visitOf(w http.ResponseWriter, r *http.Request) *visit {
	v := s.stranger(w, r)
	v.remembers = true
	v.session = s.sessionOf(r)
	v.say = i18n.For(s.localeOf(r))
	if v.session.account != uuid.Nil {
		v.signed = s.signedIn(r, uuid.Nil)
	}
	return v
}

// stranger prepares a request without looking at its session.
func (s *Server) stranger(w http.ResponseWriter, r *http.Request) *visit {
	return &visit{Server: s, w: w, r: r, now: s.clock(), say: i18n.For(i18n.Match(chosenUnsigned(r), r.Header.Get("Accept-Language"), ""))}
}
