package e2e_test

import (
	"net/http"
	"regexp"
	"testing"

	"habilis/internal/browser"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// Procedure B.7, "a blocked person is helped from their sheet", by its text.

func TestABlockedPersonIsHelpedFromTheirSheet(t *testing.T) {
	t.Parallel()
	for way, in := range ways {
		t.Run(way, func(t *testing.T) {
			a := in(t, "directory")
			active(t, a.place.Pilot)
			lost, fresh := someone(t, a.place, a.place.Kind.DefaultRole().Key), a.place.Person(t, a.place.Kind.DefaultRole().Key)
			write(t, `update resource set state = 'pending' where id = $1`, fresh.Resource)
			write(t, `insert into identity.factor (account_id, kind, sealed, created_at, confirmed_at) values ($1, 'totp', '\x00', now(), now())`, lost.Account)
			blocked := a.server.visitor(t)
			for range 8 {
				blocked.enter(lost.Username, "wrong").want(http.StatusUnprocessableEntity)
			}
			write(t, `update identity.throttle set blocked_until = now() + interval '15 minutes' where key like 'pair:' || identity.login_of($1) || '|%'`, lost.Account)
			write(t, `update presence set blocked_until = now() + interval '15 minutes' where resource_id = $1`, lost.Resource)
			b, h := a.enter(a.place.Pilot.Username, secret)
			b.Has("heading", "Bonjour "+a.place.Pilot.Given)
			a.opensAccess(b, h, fresh)
			h.press("button", "Envoyer un courriel de bienvenue")
			b.See("Un nouveau mot de passe temporaire part par courriel")
			first := temporaryIn(t, a.server.letter(t, fresh.Email, "mot de passe temporaire"))
			h.press("button", "Renvoyer")
			b.See("Le précédent ne fonctionne plus")
			if again := temporaryIn(t, a.server.letterAgain(t, fresh.Email, "mot de passe temporaire", 2)); again == first {
				t.Error("the same one was sent again")
			}
			h.press("link", "Définir un courriel de secours")
			h.fill("Adresse de courriel de secours", "secours."+fresh.Email)
			h.press("button", "Définir un courriel de secours")
			b.See("Un lien de confirmation a été envoyé à")
			a.confirms(fresh)
			a.opensAccess(b, h, fresh)
			b.See("Cette personne n'est jamais entrée")
			h.press("button", "Envoyer le courriel de bienvenue à l'adresse de secours")
			b.See("part par courriel à secours." + fresh.Email)
			temporary := temporaryIn(t, a.server.letter(t, "secours."+fresh.Email, "mot de passe temporaire"))
			a.server.visitor(t).enter(fresh.Username, temporary).follow().sees("Choisissez")

			a.opensAccess(b, h, lost)
			b.See("mots de passe erronés")
			h.press("button", "Envoyer un courriel de réinitialisation")
			b.See("Un lien a été envoyé par courriel")
			a.server.letter(t, lost.Email, "choisissez un nouveau mot de passe")
			h.press("link", "Débloquer")
			h.fill("Raison", "Elle est devant moi.")
			a.look(b)
			h.press("button", "Débloquer")
			b.See("peut essayer à nouveau")
			h.press("link", "Définir un courriel de secours")
			h.fill("Adresse de courriel de secours", "secours."+lost.Email)
			a.look(b)
			h.press("button", "Définir un courriel de secours")
			b.See("Un lien de confirmation a été envoyé à")
			a.confirms(lost)
			h.press("link", "Réinitialiser la double authentification")
			h.fill("Raison", "Téléphone perdu.")
			h.press("button", "Réinitialiser la double authentification")
			b.See("est réinitialisée")
			a.server.letter(t, "secours."+lost.Email, "double authentification")
			a.server.visitor(t).enter(lost.Username, secret).follow().sees("application d'authentification")
		})
	}
}

func write(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func (a *procedure) opensAccess(b *browser.Tab, h hand, who place.Person) {
	a.t.Helper()
	b.Open("/p/" + a.place.Number + "/people/" + who.Resource.String())
	h.press("link", "Accès")
	b.Has("heading", "Dépanner")
	a.look(b)
}

var backupLink = regexp.MustCompile(`/link/[A-Za-z0-9_-]+`)

// confirms is the owner of the backup address, who reads the mail to it.
func (a *procedure) confirms(who place.Person) {
	a.t.Helper()
	var letter *mail.Kept = a.server.letter(a.t, "secours."+who.Email, "confirmez cette adresse")
	v := a.server.visitor(a.t)
	v.get(backupLink.FindString(letter.Text)).follow().sees("Confirmez seulement si ce compte est le vôtre").form("/link").send().want(http.StatusOK).sees("est confirmée")
	if !query[bool](a.t, `select backup_email_verified_at is not null from identity.account where id = $1`, who.Account) {
		a.t.Error("the address is not confirmed")
	}
}
