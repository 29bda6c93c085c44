package portal

import (
	"cmp"
	"net/http"
	"time"

	"habilis/internal/i18n"
)

// languageCookie is the language that was chosen by who has no session: choosing one
// writes nothing to the database. The session that begins takes it over.
const languageCookie = "__Host-habilis-language"

// languageLife is for how long it is remembered of somebody who doesn't sign in.
const languageLife = time.Hour

// chosenUnsigned is the language of that cookie, "" for none.
func chosenUnsigned(r *http.Request) i18n.Locale {
	cookie, err := r.Cookie(languageCookie)
	if err != nil || !i18n.Locale(cookie.Value).Valid() {
		return ""
	}
	return i18n.Locale(cookie.Value)
}

// choose remembers the language that was chosen: in the session, if there is one.
func (v *visit) choose(l i18n.Locale) {
	if v.sessions.Exists(v.ctx(), keyLocale) || v.sessions.Exists(v.ctx(), keyStage) {
		v.sessions.Put(v.ctx(), keyLocale, string(l))
		return
	}
	v.keepLanguage(string(l), int(languageLife.Seconds()))
}

// speakTo begins a session in the language that was chosen, else in the account's.
func (v *visit) speakTo(locale string) {
	if v.sessions.GetString(v.ctx(), keyLocale) != "" {
		return
	}
	chosen := chosenUnsigned(v.r)
	v.sessions.Put(v.ctx(), keyLocale, cmp.Or(string(chosen), locale))
	if chosen != "" {
		v.keepLanguage("", -1)
	}
}

// keepLanguage has the browser remember a language for so many seconds; a negative
// number has it forget.
func (v *visit) keepLanguage(l string, seconds int) {
	http.SetCookie(v.w, &http.Cookie{Name: languageCookie, Value: l, Path: "/", MaxAge: seconds, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
