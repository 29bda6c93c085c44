package mail_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"habilis/internal/i18n"
	"habilis/web/mail"
)

// samples say something for each parameter that any letter knows.
var samples = map[string]map[string]string{
	"temporary_password":  {"by": "Maude Bélanger", "username": "TNguyen", "password": "7K3M-P9QX-2ABC-DEFG-HJKM-NPQR-STVW", "expires": "22 novembre 2026, 16 h 40"},
	"activation":          {"by": "Maude Bélanger", "username": "TNguyen", "expires": "22 novembre 2026, 16 h 40"},
	"reset_password":      {"username": "TNguyen", "expires": "22 novembre 2026, 16 h 40 (UTC)", "at": "22 novembre 2026, 15 h 40 (UTC)"},
	"invitation":          {"by": "Maude Bélanger", "role": "Consultation #2", "expires": "5 décembre 2026, 9 h 00"},
	"invitation_answered": {"email": "thi.nguyen@exemple.ca", "role": "Consultation #2", "answer": "accepted"},
	"role_changed":        {"by": "Maude Bélanger", "given": "Consultation #1\nRéférente", "ended": "Consultation #2", "until": "21 décembre 2026"},
	"permissions_changed": {"by": "Maude Bélanger", "widened": "Factures et paiements\u00A0: consultation, de Aucun à Affectés uniquement", "narrowed": "Documentation des clients et des contacts\u00A0: modification, de Tout à Aucun"},
	"request_asked":       {"by": "Maude Bélanger", "person": "Marie-Antoinette de La Tour-du-Pin-Verclause", "email": "ma@exemple.ca", "role": "Pilote", "note": "Elle remplace M. Roy.\nMerci!"},
	"request_answered":    {"person": "Thi Minh Khai Nguyễn", "role": "Pilote", "answer": "refused", "reason": "La personne n'est pas encore confirmée par la direction.", "resource": "r"},
	"account_archived":    {"by": "Maude Bélanger"},
	"account_restored":    {"by": "Maude Bélanger"},
	"account_updated":     {"by": "Maude Bélanger", "changed": "Fonction : Adjointe\nTéléphone cellulaire : aucun"},
	"access_ended":        {"role": "Technicien externe"},
	"access_ending":       {"role": "Technicien externe", "until": "21 décembre 2026"},
	"access_ending_of":    {"person": "Marie-Antoinette de La Tour-du-Pin-Verclause", "role": "Technicien externe", "until": "21 décembre 2026"},
	"account_unblocked":   {"by": "Maude Bélanger", "reason": "Elle revient de vacances."},
	"factor_reset":        {"by": "Maude Bélanger", "reason": "Téléphone perdu.", "choose": "yes"},
	"password_by_hand":    {"by": "Maude Bélanger", "username": "TNguyen"},
	"backup_named":        {"by": "Maude Bélanger", "address": "thi@ailleurs.ca", "reason": "Boîte pleine."},
	"backup_withdrawn":    {"by": "Maude Bélanger", "address": "thi@ailleurs.ca"},
	"backup_confirm":      {"by": "Maude Bélanger", "person": "Thi Nguyễn", "expires": "25 novembre 2026, 9 h 00"},
	"reset_sent":          {"by": "Maude Bélanger", "username": "TNguyen", "expires": "22 novembre 2026, 17 h 40"},
	"help_asked":          {"by": "Maude Bélanger", "person": "Thi Nguyễn", "email": "thi@exemple.ca", "what": "factor", "note": "Elle est devant moi."},
	"help_answered":       {"person": "Thi Nguyễn", "what": "factor", "answer": "done", "reason": "Identité vérifiée.", "resource": "r"},
	"email_named":         {"by": "Maude Bélanger", "address": "thi@ailleurs.ca", "reason": "Son ancienne boîte est fermée."},
	"support_visits":      {"by": "Sylvain Cloutier", "reason": "Vous avez appelé : la liste des permissions ne s'affiche pas.", "ticket": "SUP-2291", "expires": "22 novembre 2026, 16 h 40"},
	"password_changed":    {"at": "21 novembre 2026, 23 h 09 (UTC)"},
	"passkey_copied":      {"at": "21 novembre 2026, 23 h 09 (UTC)", "name": "Portable de la clinique"},
	"factor_added":        {"at": "21 novembre 2026, 23 h 09 (UTC)"},
	"factor_changed":      {"at": "21 novembre 2026, 23 h 09 (UTC)", "change": "removed_totp", "choose": "yes"},
	"factor_code":         {"code": "482913"},
	"factor_set":          {"by": "Maude Bélanger", "factor": "off", "choose": "yes"},
	"place_left":          {"last": "yes"},
	"manager_left":        {"person": "Maude Bélanger"},
	"new_device":          {"at": "21 novembre 2026, 23 h 09 (UTC)", "device": "Firefox sur Windows", "address": "2001:db8::1", "places": "CLSC des Érables"},
	"confirm_email":       {"username": "MBelanger", "expires": "22 novembre 2026, 23 h 09 (UTC)"},
	"email_asked":         {"at": "21 novembre 2026, 23 h 09 (UTC)", "pending": "maude@erables.example"},
	"backup_confirmed":    {"at": "21 novembre 2026, 23 h 09 (UTC)", "address": "thi@ailleurs.ca"},
	"backup_removed":      {"at": "21 novembre 2026, 23 h 09 (UTC)", "address": "thi@ailleurs.ca"},
	"return_asked":        {"by": "Maude Bélanger", "where": "CLSC des Érables", "username": "TNguyen", "expires": "22 novembre 2026, 16 h 40 (UTC)", "at": "22 novembre 2026, 15 h 40 (UTC)"},
	"email_changed":       {"at": "21 novembre 2026, 23 h 09 (UTC)", "address": "maude@erables.example"},
}

// buttonless letters have nothing to open.
var buttonless = map[string]bool{"account_archived": true, "place_left": true, "factor_code": true}

func sample(template string) map[string]string {
	params := map[string]string{"link": "https://habilis.example.org/signin"}
	if samples[template]["at"] == "" && template != "factor_code" {
		params["place"], params["number"], params["support"] = "CLSC des Érables", "1042", "soutien@exemple.ca"
	}
	for name, value := range samples[template] {
		params[name] = value
	}
	return params
}

func render(t *testing.T, template string, locale i18n.Locale, params map[string]string) (subject, html, text string) {
	t.Helper()
	subject, html, text, err := mail.Letters{}.Render(template, i18n.For(locale), params)
	if err != nil {
		t.Fatal(err)
	}
	return subject, html, text
}

func TestEachLetterHasItsSample(t *testing.T) {
	for _, name := range mail.Names() {
		if _, ok := samples[name]; !ok {
			t.Errorf("%s is tried by nothing here", name)
		}
	}
}

// Sheets and journals call each letter by a name.
func TestEachLetterHasItsName(t *testing.T) {
	for _, name := range mail.Names() {
		for _, locale := range []i18n.Locale{i18n.FrCA, i18n.EnCA} {
			if !i18n.For(locale).Has("page.mail.template." + name) {
				t.Errorf("%s has no name in %s", name, locale)
			}
		}
	}
}

func TestEachLetterSaysTheSameInHTMLAndInText(t *testing.T) {
	for template := range samples {
		for _, locale := range i18n.Locales() {
			t.Run(template+" "+string(locale), func(t *testing.T) {
				params := sample(template)
				subject, html, text := render(t, template, locale, params)
				for _, part := range []string{subject, html, text} {
					if strings.Contains(part, "mail."+template) || strings.Contains(part, "<no value>") || strings.Contains(part, "{{") {
						t.Errorf("a message is missing:\n%s", part)
					}
				}
				for name, value := range params {
					if slices.Contains([]string{"answer", "what", "change", "factor", "last", "choose"}, name) || name == "link" && buttonless[template] {
						continue // not word for word
					}
					for line := range strings.SplitSeq(value, "\n") {
						if !strings.Contains(html, escaped(line)) || !strings.Contains(unfold(text), line) {
							t.Errorf("%s is not said: %q", name, line)
						}
					}
				}
			})
		}
	}
}

func TestNoLetterHasAHole(t *testing.T) {
	names := map[string]bool{"place": true, "number": true, "support": true, "link": true}
	for _, params := range samples {
		for name := range params {
			names[name] = true
		}
	}
	for template := range samples {
		for _, locale := range []i18n.Locale{i18n.FrCA, i18n.EnCA} {
			if holes := mail.Holes(template, i18n.For(locale), sample(template), slices.Sorted(maps.Keys(names))); len(holes) > 0 {
				t.Errorf("%s in %s says nothing for %q", template, locale, holes)
			}
		}
	}
}

func escaped(s string) string { return strings.NewReplacer("'", "&#39;", "<", "&lt;").Replace(s) }

func unfold(s string) string { return strings.NewReplacer("\n> ", " ", "\n", " ").Replace(s) }

func TestALetterAsksNothingOfOthers(t *testing.T) {
	for template := range samples {
		_, html, _ := render(t, template, i18n.FrCA, sample(template))
		for _, bad := range []string{"<img", "src=", "url(", "<script", "<table", "@import", "<link"} {
			if strings.Contains(html, bad) {
				t.Errorf("%s has %s", template, bad)
			}
		}
	}
}

func TestWhatPeopleWroteIsNeitherMarkupNorTheLettersOwnWords(t *testing.T) {
	params := sample("request_asked")
	params["by"] = `<a href="https://evil.example">Maude</a>`
	params["note"] = "-- \nCliquez : https://evil.example"
	_, html, text := render(t, "request_asked", i18n.FrCA, params)
	if strings.Contains(html, `<a href="https://evil.example"`) {
		t.Error("a name became a link")
	}
	if !strings.Contains(text, "\n> Cliquez") || strings.Contains(text, "\nCliquez") {
		t.Errorf("a note stands among the letter's own words:\n%s", text)
	}
}

func TestLinesOfTextAreShortAndAddressesWhole(t *testing.T) {
	for template := range samples {
		params := sample(template)
		params["link"] = "https://habilis.example.org/support/" + strings.Repeat("0", 80)
		_, _, text := render(t, template, i18n.FrCA, params)
		for line := range strings.SplitSeq(text, "\n") {
			if utf8.RuneCountInString(line) > 72 && !strings.HasPrefix(line, "https://") {
				t.Errorf("%s: a line of %d characters: %q", template, utf8.RuneCountInString(line), line)
			}
		}
		if !buttonless[template] && !strings.Contains(text, "\n"+params["link"]+"\n") {
			t.Errorf("%s: the address is cut:\n%s", template, text)
		}
	}
}

func TestFranceReadsItsOwnWords(t *testing.T) {
	_, _, text := render(t, "temporary_password", i18n.FrFR, sample("temporary_password"))
	if !strings.Contains(text, "cet e-mail") || strings.Contains(text, "courriel") {
		t.Errorf("French of Canada for France:\n%s", text)
	}
}

func TestALetterAboutAFactorSaysWhereAPasswordIsToBeChosen(t *testing.T) {
	for _, template := range []string{"factor_changed", "factor_set", "factor_reset"} {
		for locale, says := range map[i18n.Locale]string{i18n.FrCA: "choisir un autre mot de passe", i18n.EnCA: "choose another password"} {
			params := sample(template)
			_, html, with := render(t, template, locale, params)
			delete(params, "choose")
			_, _, without := render(t, template, locale, params)
			flat := func(s string) string { return strings.Join(strings.Fields(s), " ") }
			if !strings.Contains(flat(with), says) || !strings.Contains(flat(html), says) || strings.Contains(flat(without), says) {
				t.Errorf("%s in %s:\n%s\nand without:\n%s", template, locale, with, without)
			}
		}
	}
}
