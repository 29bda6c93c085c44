package e2e_test

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp/totp"

	"habilis/internal/pgtest"
)

// dump is every row of every table, whoever's, as text.
func dump(t *testing.T) string {
	t.Helper()
	rows, err := pgtest.Super(t).Query(t.Context(), `
select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables
 where table_type = 'BASE TABLE' and table_schema in ('public', 'identity', 'river')`)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, table := range tables {
		b.WriteString(query[string](t, `select coalesce(string_agg(t::text, E'\n'), '') from `+table+` t`))
	}
	return b.String()
}

var shownSecret = regexp.MustCompile(`id="secret">([A-Z2-7 ]+)<`)
var shownCode = regexp.MustCompile(`<li class="code">([^<]+)</li>`)

// Everything secret that a person meets, from the mail to the recovery codes,
// is then looked for in the database and in the log, as it is and encoded.
func TestNoSecretIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update tenant set policies = policies || '{"second_factor": "everyone"}' where tenant_id = $1`, p.ID); err != nil {
		t.Fatal(err)
	}
	pilot := server.visitor(t)
	page := pilot.enter(p.Pilot.Username, secret).follow()
	page, key, codes := enrol(t, page)
	page.follow().want(http.StatusOK)

	email := "canari" + p.Number + "@exemple.test"
	pilot.get("/p/"+p.Number+"/people/new").want(http.StatusOK).form("/people").
		with("family", "Canari", "given", "Anne", "email", email, "username", "ACanari"+p.Number).send().want(http.StatusSeeOther)
	temporary := temporaryIn(t, server.letter(t, email, "mot de passe temporaire"))
	const chosen, wrong, misplaced = "sept cormorans gris, une balise", "canari-mot-de-passe-faux", "canari-mot-de-passe-deplace"
	v := server.visitor(t)
	v.enter("ACanari"+p.Number, wrong)
	v.enter(misplaced, "x")
	v.get("/signin?next=" + url.QueryEscape("/?"+wrong))
	v.enter("ACanari"+p.Number, temporary).want(http.StatusSeeOther).follow().form("/signin/choose").
		with("password", chosen, "again", chosen).send().want(http.StatusSeeOther)

	secrets := map[string]string{
		"the temporary password": temporary, "the chosen password": chosen, "a wrong password": wrong, "a password typed as a name": misplaced,
		"the session": v.session(), "the pilot's session": pilot.session(), "the authenticator's key": key,
	}
	for _, code := range codes {
		secrets["the recovery code "+code] = code
	}
	mustBeNowhere(t, server, secrets)
}

// mustBeNowhere looks for secrets in the database and in the log, as they are and
// encoded. A code of six digits counts where it stands by itself.
func mustBeNowhere(t *testing.T, server *server, secrets map[string]string) {
	t.Helper()
	written := map[string]string{"the database": strings.ToLower(dump(t)), "the log": strings.ToLower(server.log.String())}
	for what, value := range secrets {
		if value == "" {
			t.Errorf("%s was not met", what)
			continue
		}
		forms := []string{
			value, strings.ReplaceAll(value, "-", ""), hex.EncodeToString([]byte(value)), url.QueryEscape(value),
			base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
		}
		for where, text := range written {
			if sixDigits.FindString(value) == value {
				if regexp.MustCompile(`(^|[^0-9a-z.])` + value + `([^0-9a-z]|$)`).MatchString(text) {
					t.Errorf("%s is in %s", what, where)
				}
				continue
			}
			for _, form := range forms {
				if strings.Contains(text, strings.ToLower(form)) {
					t.Errorf("%s is in %s", what, where)
					break
				}
			}
		}
	}
}

// Codes by mail and by text, a password that a manager sets, what is shown as a
// proof, a remembered device, and the links that confirm an address.
func TestNoCodeProofDeviceOrConfirmationIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	letSetPasswords(t, p)
	remembers(t, p, 7)
	mailed, texted, owner, by := someone(t, p, "consultation_1"), someone(t, p, "consultation_1"), someone(t, p, "consultation_1"), someone(t, p, "consultation_1")
	withCodes(t, mailed, "email")
	withCodes(t, texted, "sms")
	const given, wrong = "six outardes et un moulin à vent bleu", "canari-d'une-preuve-qui-est-fausse"
	secrets := map[string]string{"a password set by hand": given, "a wrong proof": wrong, "the password that is shown as a proof": secret}

	v := server.visitor(t)
	v.enter(mailed.Username, secret).want(http.StatusSeeOther)
	secrets["a code by mail"] = nextCode(t, v, mailed, 0, server)
	v.post("/signin/factor", url.Values{"method": {"email"}, "code": {secrets["a code by mail"]}}).want(http.StatusSeeOther)
	v = server.visitor(t)
	v.showsCode(server, texted, 1, "1")
	secrets["a code by text"], _ = server.textedCode(t, texted, 1)
	secrets["a remembered device"] = v.jar.kept[deviceCookie]

	pilot := server.signedIn(t, p.Pilot)
	sheet := "/p/" + p.Number + "/people/"
	pilot.post(sheet+by.Resource.String()+"/access/password", url.Values{"password": {given}, "submission": {newID()}}).want(http.StatusSeeOther)
	server.visitor(t).enter(by.Username, given).want(http.StatusSeeOther)
	pilot.get(sheet+owner.Resource.String()+"/access/backup").form("/backup").with("email", "secours."+owner.Email).send().want(http.StatusSeeOther)
	secrets["the link to a backup address"] = strings.TrimPrefix(pathIn(t, server.letter(t, "secours."+owner.Email, "confirmez cette adresse")), "/link/")

	v = server.signedIn(t, owner)
	server.stale()
	v.asksEmail("autre." + owner.Email).asksWho().proves(wrong).asksWho().proves(secret).want(http.StatusSeeOther)
	path := pathIn(t, server.letter(t, "autre."+owner.Email, "Confirmez votre nouveau courriel"))
	secrets["the link to another address"] = strings.TrimPrefix(path, "/link/")
	server.visitor(t).get(path).want(http.StatusSeeOther).follow().want(http.StatusOK)
	mustBeNowhere(t, server, secrets)
}

// enrol sets up an authenticator app on the page that asks for one, and returns
// the page after it, the app's key and the recovery codes.
func enrol(t testing.TB, page *answer) (after *answer, key string, codes []string) {
	t.Helper()
	shown := shownSecret.FindStringSubmatch(page.body)
	if shown == nil {
		t.Fatalf("%s shows no key:\n%s", page.path, page.text())
	}
	key = strings.ReplaceAll(shown[1], " ", "")
	code, err := totp.GenerateCode(key, page.visitor.now())
	if err != nil {
		t.Fatal(err)
	}
	done := page.form("/signin/enrol").with("code", code).send().want(http.StatusOK)
	for _, m := range shownCode.FindAllStringSubmatch(done.body, -1) {
		codes = append(codes, m[1])
	}
	if len(codes) != 10 {
		t.Errorf("%d recovery codes", len(codes))
	}
	return done.visitor.get("/"), key, codes
}
