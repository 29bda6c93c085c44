package people_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// newPeople is the service of the people of a fresh planner's place.
func newPeople(t testing.TB) (*people.Service, *place.Place) {
	t.Helper()
	p := place.New(t)
	return peopleOf(t, p), p
}

func peopleOf(t testing.TB, p *place.Place) *people.Service {
	t.Helper()
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	return people.New(p.Door, roles.New(p.Door, post, p.Tenants.Kinds()), post, p.Tenants.Kinds())
}

// elise is someone who is nobody yet, sound in all fields.
func elise() people.Newcomer {
	tag := lettersOf(access.NewID())
	return people.Newcomer{Family: "Gagnon" + tag, Given: "Élise", Email: "elise." + tag + "@exemple.test", Locale: "fr-CA", Submission: access.NewID()}
}

// lettersOf is a word that no other test writes.
func lettersOf(id uuid.UUID) string {
	word := make([]byte, 0, 8)
	for _, b := range id[8:] {
		word = append(word, "acehkrtv"[b%8], "bdfgmpsw"[b>>3%8])
	}
	return string(word)
}

func create(t *testing.T, s *people.Service, a access.Actor, n people.Newcomer) uuid.UUID {
	t.Helper()
	id, err := s.Create(t.Context(), a, n)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func sheet(t *testing.T, s *people.Service, a access.Actor, id uuid.UUID) *people.SheetPage {
	t.Helper()
	page, err := s.Sheet(t.Context(), a, id)
	if err != nil {
		t.Fatal(err)
	}
	return page
}

// wantFault fails unless err is made of exactly these faults, each "field: key".
func wantFault(t *testing.T, err error, want ...string) {
	t.Helper()
	faults, ok := fault.As(err)
	if !ok {
		t.Fatalf("got %v, want the faults %q", err, want)
	}
	var got []string
	for _, f := range faults {
		got = append(got, f.Error())
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got the faults %q, want %q", got, want)
	}
}

// letters are the templates of the mails of a place, oldest first.
func letters(t *testing.T, p *place.Place) []string {
	t.Helper()
	return column[string](t, `select template from mail where tenant_id = $1 order by created_at, id`, p.ID)
}

func column[T any](t *testing.T, sql string, args ...any) []T {
	t.Helper()
	rows, err := pgtest.Super(t).Query(context.Background(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowTo[T])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// signIn is what a first sign-in leaves: a password, and an address proven.
func signIn(t *testing.T, id uuid.UUID) access.Signed {
	t.Helper()
	account := column[uuid.UUID](t, `select account_id from resource where id = $1`, id)[0]
	pgtest.Super(t).Exec(t.Context(), `update identity.account set email_verified_at = now() where id = $1`, account)
	column[int](t, `select identity.password_set($1, 'hash', now())`, account)
	return access.Signed{Account: account, Factor: access.StrongFactor}
}
