package e2e_test

import (
	"net/http"
	"net/url"
	"testing"

	"habilis/internal/pgtest/place"
	"habilis/internal/secret/passkey/passkeytest"
)

// An account, with all that is kept of it and all that waits to be sent for it, but for
// its tries, the hours of its sessions, and lines of journals.
const accountWhole = `
select concat_ws(E'\n',
  (select to_jsonb(a) - 'last_method' - 'user_handle' from identity.account a where a.id = $1),
  (select jsonb_agg(to_jsonb(f) - 'last_used_at' - 'last_step' order by f.id) from identity.factor f where f.account_id = $1 and f.confirmed_at is not null),
  (select jsonb_agg(to_jsonb(k) - 'record' - 'last_used_at' order by k.id) from identity.passkey k where k.account_id = $1),
  (select jsonb_agg(to_jsonb(c) order by c.hash) from identity.recovery_code c where c.account_id = $1),
  (select jsonb_agg(to_jsonb(d) - 'seen_at' order by d.hash) from identity.device d where d.account_id = $1),
  (select jsonb_agg(to_jsonb(k) order by k.hash) from identity.token k where k.account_id = $1),
  (select jsonb_agg(s.id order by s.id) from identity.session s where s.account_id = $1 and s.expires_at > now()),
  (select count(*) from river.river_job j where j.args->>'account' = $1::text))`

// refuseLines has the database refuse lines of journals, from now on: of the account's
// own, or of its place's.
func refuseLines(t *testing.T, table string) (stop func()) {
	write(t, `
create or replace function public.refuse_lines() returns trigger language plpgsql as $$ begin raise exception 'the journal is full'; end $$`)
	write(t, `create trigger refuse_lines before insert on `+table+` for each row execute function public.refuse_lines()`)
	return func() { write(t, `drop trigger refuse_lines on `+table) }
}

// J1: what is done to an account by its owner is done with its line, or not at all.
func TestJ1NoActOnAnAccountIsDoneWithoutItsLine(t *testing.T) {
	t.Parallel()
	server := start(t, named)
	server.fails = "the journal is full"
	type act struct {
		table   string // of the line
		prepare func(t *testing.T, p *place.Place, who place.Person, v *visitor) func() *answer
	}
	own, places := "identity.own_act", "public.journal"
	post := func(path string, fields url.Values) func(*testing.T, *place.Place, place.Person, *visitor) func() *answer {
		return func(_ *testing.T, _ *place.Place, _ place.Person, v *visitor) func() *answer {
			return func() *answer { return v.post(path, fields) }
		}
	}
	const other = "quatorze merles sur la corniche d'Anticosti"
	acts := map[string]act{
		"a password":              {places, post("/account/password", url.Values{"current": {secret}, "password": {other}, "again": {other}})},
		"a password, in own":      {own, post("/account/password", url.Values{"current": {secret}, "password": {other}, "again": {other}})},
		"another address":         {own, post("/account/email", url.Values{"email": {"ailleurs@exemple.test"}})},
		"all sessions":            {own, post("/account/sessions/end", nil)},
		"what is kept of oneself": {places, post("/account/data", nil)},
		"one session": {own, func(t *testing.T, _ *place.Place, who place.Person, v *visitor) func() *answer {
			mine := query[string](t, `select id::text from identity.session where account_id = $1 and expires_at > now()`, who.Account)
			server.signedIn(t, who)
			other := query[string](t, `select id::text from identity.session where account_id = $1 and expires_at > now() and id <> $2`, who.Account, mine)
			return func() *answer { return v.post("/account/sessions/"+other+"/end", nil) }
		}},
		"a device": {own, func(t *testing.T, p *place.Place, who place.Person, v *visitor) func() *answer {
			remembers(t, p, 30)
			write(t, `update identity.device set factor_at = now() where account_id = $1`, who.Account)
			return v.get("/account").want(http.StatusOK).form("/forget").send
		}},
		"an app": {places, func(t *testing.T, _ *place.Place, _ place.Person, v *visitor) func() *answer {
			window := v.get("/account/factors/app").want(http.StatusOK)
			return func() *answer { after, _ := window.addsApp(t, "/account/factors/app"); return after }
		}},
		"another app": {places, func(t *testing.T, _ *place.Place, who place.Person, v *visitor) func() *answer {
			v.get("/account/factors/app").addsApp(t, "/account/factors/app")
			at := query[string](t, `select '/account/factors/' || id || '/replace' from identity.factor where account_id = $1`, who.Account)
			window := v.get(at).want(http.StatusOK)
			return func() *answer { after, _ := window.addsApp(t, "/replace"); return after }
		}},
		"no app": {places, func(t *testing.T, p *place.Place, who place.Person, v *visitor) func() *answer {
			v.get("/account/factors/app").addsApp(t, "/account/factors/app")
			return removesOwn(t, server, p, who, v).want(http.StatusOK).form("/remove").send
		}},
		"other codes": {places, func(t *testing.T, _ *place.Place, _ place.Person, v *visitor) func() *answer {
			v.get("/account/factors/app").addsApp(t, "/account/factors/app")
			return v.get("/account/codes").want(http.StatusOK).form("/account/codes").send
		}},
		"codes by text": {places, func(t *testing.T, _ *place.Place, who place.Person, v *visitor) func() *answer {
			page := v.get("/account/factors/sms").form("/sms/send").with("mobile", mobileOf(who)).send().want(http.StatusSeeOther).follow()
			code, _ := server.textedCode(t, who, 1)
			return page.form("/account/factors/sms").with("code", code).send
		}},
		"a passkey": {places, func(t *testing.T, _ *place.Place, _ place.Person, v *visitor) func() *answer {
			return func() *answer { return v.addsPasskey(passkeytest.New(server.URL())) }
		}},
		"no passkey": {places, func(t *testing.T, p *place.Place, who place.Person, v *visitor) func() *answer {
			v.addsPasskey(passkeytest.New(server.URL())).want(http.StatusOK)
			return removesOwn(t, server, p, who, v).want(http.StatusOK).form("/remove").send
		}},
	}
	for what, a := range acts {
		t.Run(what, func(t *testing.T) {
			unhurried(t)
			p := ourPlace(t)
			who := someone(t, p, "consultation_1")
			v := server.signedIn(t, who)
			v.get("/p/" + p.Number + "/").want(http.StatusOK)
			do := a.prepare(t, p, who, v)
			before := query[string](t, accountWhole, who.Account)
			stop := refuseLines(t, a.table)
			answer := do()
			stop()
			if answer.status != http.StatusInternalServerError {
				t.Errorf("it answers %d", answer.status)
			}
			if after := query[string](t, accountWhole, who.Account); after != before {
				t.Errorf("it is done:\n%s\nbefore:\n%s", after, before)
			}
			v.get("/account").want(http.StatusOK)
		})
	}
}
