package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"habilis/internal/browser"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// Procedure A, "access for a new or an existing person", by its text: as one
// with a mouse, one with a keyboard alone, and one whose browser runs no script.

func TestAPilotGivesAccessWithTheMouse(t *testing.T) {
	t.Parallel()
	a := newProcedure(t, func(b *browser.Tab) hand { return mouse{b} })
	a.axe = true
	a.whole()
}

func TestAPilotGivesAccessWithTheKeyboardAlone(t *testing.T) {
	t.Parallel()
	a := newProcedure(t, func(b *browser.Tab) hand { return keyboard{b, t} })
	a.whole()
}

func TestAPilotGivesAccessWithoutScript(t *testing.T) {
	t.Parallel()
	a := newProcedure(t, func(b *browser.Tab) hand { return mouse{b} }, browser.NoScript)
	a.script = false
	a.whole()
}

type procedure struct {
	t        *testing.T
	server   *server
	place    *place.Place
	hands    func(*browser.Tab) hand
	options  []browser.Option
	script   bool
	axe      bool
	operator place.Person
	key      string // of the operator's authenticator
}

func newProcedure(t *testing.T, hands func(*browser.Tab) hand, options ...browser.Option) *procedure {
	a := procedureIn(t, "planner", hands, options...)
	a.place.Pilot = someone(t, a.place, "pilot", "booking")
	return a
}

// procedureIn is a procedure in a new place of a kind.
func procedureIn(t *testing.T, kind string, hands func(*browser.Tab) hand, options ...browser.Option) *procedure {
	server, p := start(t), place.Of(t, kind)
	withoutFactor(t, p)
	return &procedure{t: t, server: server, place: p, hands: hands, options: options, script: true}
}

// ways are a mouse, a keyboard alone, and a browser that runs no script.
var ways = map[string]func(t *testing.T, kind string) *procedure{
	"mouse": func(t *testing.T, kind string) *procedure {
		a := procedureIn(t, kind, func(b *browser.Tab) hand { return mouse{b} })
		a.axe = true
		return a
	},
	"keyboard": func(t *testing.T, kind string) *procedure {
		return procedureIn(t, kind, func(b *browser.Tab) hand { return keyboard{b, t} })
	},
	"no script": func(t *testing.T, kind string) *procedure {
		a := procedureIn(t, kind, func(b *browser.Tab) hand { return mouse{b} }, browser.NoScript)
		a.script = false
		return a
	},
}

// someone's tab, signed in.
func (a *procedure) enter(login, password string) (*browser.Tab, hand) {
	a.t.Helper()
	b := browser.New(a.t, a.server.URL(), a.options...)
	h := a.hands(b)
	b.Open("/")
	b.Has("heading", "Se connecter")
	a.look(b)
	h.fill("Nom d'utilisateur ou courriel", login)
	h.fill("Mot de passe", password)
	h.press("button", "Se connecter")
	return b, h
}

// look is done on every page: support is one click away, and nothing bars the way.
func (a *procedure) look(b *browser.Tab) {
	a.t.Helper()
	if !b.InWindow() {
		b.Has("link", "Support")
	}
	mustSpeak(a.t, b.Path(), b.Text())
	if a.axe {
		b.Axe()
	}
}

func (a *procedure) whole() {
	b, h := a.enter(a.place.Pilot.Username, secret)
	a.takesTheHat(b, h)
	a.adds(b, h)
	a.givesRoles(b, h)
	a.newcomerComes()
	a.invites(b, h)
	a.asksForPilot(b, h)
	a.readsTheJournal(b, h)
}

// 1. Profile icon, top right: a menu in which one picks the role to act in.
func (a *procedure) takesTheHat(b *browser.Tab, h hand) {
	b.Has("heading", "Bonjour…")
	a.look(b)
	h.press("DisclosureTriangle", a.place.Pilot.Given+" "+a.place.Pilot.Family+"…")
	b.See("Agir comme")
	if a.axe {
		b.Axe("details.me")
	}
	h.press("button", "Pilote")
	b.See("agit comme Pilote")
}

// 2. Menu Configuration, tab Ressources.
// 3. Ajouter une ressource opens the window Ajout d'une ressource.
func (a *procedure) adds(b *browser.Tab, h hand) {
	h.press("link", "Configuration")
	h.press("link", "Ressources")
	b.Has("heading", "Ressources")
	a.look(b)
	h.press("link", "Ajouter une ressource")
	b.Has("heading", "Ajout d'une ressource")
	b.See("Par défaut, un nouveau compte d'accès reçoit le rôle Consultation #2")
	a.look(b)
	h.press("button", "Enregistrer") // and is told what lacks, beside it
	b.See("Ce champ est vide")
	a.look(b)
	h.fill("Nom", "Lœvenbruck")
	h.fill("Prénom", "Maïté")
	h.fill("Courriel", a.address())
	if a.script {
		b.Press("Tab")
		b.FieldHolds("Nom d'utilisateur", "MLoevenbruck…")
	}
	h.fill("Nom d'utilisateur", a.username())
	h.press("button", "Enregistrer")
	b.At("/p/" + a.place.Number + "/people")
	b.See("Lœvenbruck, Maïté", a.address())
	a.look(b)
}

func (a *procedure) address() string { return "maite" + a.place.Number + "@exemple.test" }

func (a *procedure) username() string { return "MLoevenbruck" + a.place.Number }

// 4. The key beside a name opens Liste des permissions; the pencil opens Modifier
// un rôle; Ajouter un nouveau rôle adds one; a preview comes before anything is saved.
func (a *procedure) givesRoles(b *browser.Tab, h hand) {
	h.press("link", "Liste des permissions : Lœvenbruck…")
	b.Has("heading", "Liste des permissions")
	b.See("Consultation #2")
	a.look(b)
	h.press("link", "Modifier un rôle : Consultation #2")
	b.Has("heading", "Modifier un rôle")
	a.look(b)
	h.choose("Prise de rendez-vous…")
	a.preview(h)
	b.See("Pour cette personne", "permissions élargies")
	a.look(b)
	if got := a.held(); got != "consultation_2" {
		a.t.Errorf("before Enregistrer the person holds %q", got)
	}
	h.press("button", "Enregistrer")
	b.HasNot("heading", "Modifier un rôle")
	b.See("Le rôle Prise de rendez-vous est donné à Maïté Lœvenbruck, au lieu de : Consultation #2.")
	a.look(b)
	h.press("link", "Ajouter un nouveau rôle")
	b.Has("heading", "Ajouter un nouveau rôle")
	h.choose("Gestion des plages…")
	a.preview(h)
	b.See("Pour cette personne")
	h.press("button", "Enregistrer")
	b.HasNot("heading", "Ajouter un nouveau rôle")
	b.See("Le rôle Gestion des plages est donné à Maïté Lœvenbruck, et vaut dès sa prochaine page.")
	if got := a.held(); got != "booking slot_management" {
		a.t.Errorf("the person holds %q", got)
	}
}

// preview asks what a choice would change, where no script does at once.
func (a *procedure) preview(h hand) {
	if !a.script {
		h.press("button", "Voir ce que cela change")
	}
}

// held are the roles of the newcomer.
func (a *procedure) held() string {
	return query[string](a.t, `
select string_agg(r.preset, ' ' order by r.preset) from role_grant g join role r on r.id = g.role_id join resource p on p.id = g.resource_id
 where g.tenant_id = $1 and p.username = $2 and g.open`, a.place.ID, a.username())
}

// 5. The person receives a temporary password; it works once, only to choose one's own.
func (a *procedure) newcomerComes() {
	temporary := temporaryIn(a.t, a.server.letter(a.t, a.address(), "mot de passe temporaire"))
	b, h := a.enter(a.username(), temporary)
	b.Has("heading", "Choisissez votre mot de passe")
	a.look(b)
	h.fill("Nouveau mot de passe", "court")
	h.fill("Le même, encore une fois", "court")
	h.press("button", "Enregistrer et continuer")
	b.See("caractères")
	a.look(b)
	h.fill("Nouveau mot de passe", "huit grèbes blancs et un quai")
	h.fill("Le même, encore une fois", "huit grèbes blancs et un quai")
	h.press("button", "Enregistrer et continuer")
	b.At("/p/" + a.place.Number + "/")
	b.See("Bonjour Maïté", "Prise de rendez-vous")
	b.HasNot("link", "Configuration")
	a.look(b)
}

// 6. If the e-mail is already in use, the window says so, keeps what was typed,
// and offers Inviter. The person accepts; until then nothing is learnt.
func (a *procedure) invites(b *browser.Tab, h hand) {
	elsewhere := ourPlace(a.t)
	guest := someone(a.t, elsewhere, "consultation_1")
	if _, err := pgtest.Super(a.t).Exec(a.t.Context(), `update identity.account set family = 'Inconnue' where id = $1`, guest.Account); err != nil {
		a.t.Fatal(err)
	}
	b.Open("/p/" + a.place.Number + "/people")
	h.press("link", "Ajouter une ressource")
	h.fill("Nom", "Autre")
	h.fill("Prénom", "Nom")
	h.fill("Courriel", guest.Email)
	h.fill("Nom d'utilisateur", "NAutre"+a.place.Number)
	h.press("button", "Enregistrer")
	b.See("déjà utilisée")
	b.FieldHolds("Nom", "Autre")
	b.FieldHolds("Courriel", guest.Email)
	b.SeeNot("Inconnue")
	a.look(b)
	h.press("button", "Inviter "+guest.Email)
	b.See("L'invitation part à " + guest.Email)
	a.look(b)
	letter := a.server.letter(a.t, guest.Email, "vous invite")
	if strings.Contains(letter.Text, temporary.FindString(letter.Text)) && temporary.MatchString(letter.Text) {
		a.t.Error("the invitation carries a secret")
	}
	theirs, hand := a.enter(guest.Email, secret)
	theirs.At("/p/" + elsewhere.Number + "/")
	theirs.Open(strings.TrimPrefix(invitationIn(a.t, letter.Text), a.server.URL()))
	theirs.See("vous invite à rejoindre", "Consultation #2")
	a.look(theirs)
	hand.press("button", "Accepter")
	theirs.At("/p/" + a.place.Number + "/")
	theirs.See("Vous faites maintenant partie de")
	a.look(theirs)
	a.server.letter(a.t, a.place.Pilot.Email, "Invitation acceptée")
}

func invitationIn(t testing.TB, text string) string {
	t.Helper()
	for _, link := range address.FindAllString(text, -1) {
		if strings.Contains(link, "/invitations/") {
			return link
		}
	}
	t.Fatalf("the mail leads to no invitation:\n%s", text)
	return ""
}

// 7. A pilot cannot make another pilot: Demander le rôle Pilote carries the e-mail
// and the application number; support grants it, and both sides get an e-mail.
func (a *procedure) asksForPilot(b *browser.Tab, h hand) {
	a.makeOperator()
	b.Open("/p/" + a.place.Number + "/people")
	h.press("link", "Liste des permissions : Lœvenbruck…")
	h.press("link", "Demander le rôle Pilote")
	b.Has("heading", "Demander le rôle Pilote")
	b.See(a.address(), a.place.Number)
	a.look(b)
	h.fill("Message au support…", "Elle me remplace cet été.")
	h.press("button", "Demander le rôle Pilote")
	b.See("est envoyée au support")
	a.look(b)

	a.server.letter(a.t, a.operator.Email, "Demande du rôle Pilote")
	code, err := totp.GenerateCode(a.key, a.server.clock.Now().Add(30e9)) // the step after the one that enrolled
	if err != nil {
		a.t.Fatal(err)
	}
	support, hand := a.enter(a.operator.Username, secret)
	support.Has("heading", "Second facteur")
	a.look(support)
	hand.fill("Code", code)
	hand.press("button", "Vérifier et continuer")
	support.At("/support")
	support.See(a.address(), "Application nº "+a.place.Number)
	a.look(support)
	a.hands(support.In("table", "Demandes en attente")).press("link", "Maïté Lœvenbruck…")
	support.Has("heading", "Demande du rôle Pilote")
	a.look(support)
	hand.press("link", "Accorder le rôle")
	hand.fill("Raison…", "Vérifié au téléphone.")
	a.look(support)
	hand.press("button", "Accorder")
	support.See("est accordé à")
	a.server.letter(a.t, a.place.Pilot.Email, "Pilote accordé")
	eventually(a.t, "a mail that tells the person of the role", func() bool {
		return strings.Contains(a.server.letter(a.t, a.address(), "vos rôles ont changé").Text, "Pilote")
	})
	if got := a.held(); !strings.Contains(got, "pilot") {
		a.t.Errorf("the person holds %q", got)
	}
}

// makeOperator makes an operator of support, whose authenticator is set up.
func (a *procedure) makeOperator() {
	a.operator = a.place.NewPerson(a.t)
	active(a.t, a.operator)
	if _, err := pgtest.Super(a.t).Exec(a.t.Context(), `insert into identity.operator values ($1, now())`, a.operator.Account); err != nil {
		a.t.Fatal(err)
	}
	v := a.server.visitor(a.t)
	_, a.key, _ = enrol(a.t, v.enter(a.operator.Username, secret).want(http.StatusSeeOther).follow())
}

// The journal of the place says all of it.
func (a *procedure) readsTheJournal(b *browser.Tab, h hand) {
	b.Open("/p/" + a.place.Number + "/")
	h.press("link", "Journal")
	b.Has("heading", "Journal")
	b.See("Lœvenbruck", "Support technique")
	a.look(b)
	acts := strings.Join(a.place.Acts(a.t), " ")
	for _, act := range []string{"signin.arrive", "signin.hat", "people.create", "roles.", "invitations.create", "invitations.accept", "requests.ask", "requests.grant", "mail.sent"} {
		if !strings.Contains(acts, act) {
			a.t.Errorf("the journal lacks %s: %s", act, acts)
		}
	}
}
