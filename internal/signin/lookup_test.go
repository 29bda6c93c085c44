package signin_test

import (
	"testing"

	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
)

// With a million accounts, one sign-in that reads them all takes half a second of a
// core from everybody; so does one of a name that nobody has.
func TestAPersonIsFoundWithoutReadingAllAccounts(t *testing.T) {
	p := place.New(t)
	who := p.Person(t, "booking")
	tx, err := pgtest.Pool(t).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	// A small table is read whole even where it has an index, unless that is made dear.
	if _, err := tx.Exec(t.Context(), `set local enable_seqscan = off`); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{who.Username, who.Email, "personne"} {
		for _, lookUp := range []string{
			`select count(*) from identity.sign_in_lookup($1, $1)`,
			`select identity.forgotten_lookup($1, $1)`,
		} {
			if _, err := tx.Exec(t.Context(), lookUp, login); err != nil {
				t.Fatal(err)
			}
		}
	}
	var whole, probes int64
	err = tx.QueryRow(t.Context(), `select seq_scan, idx_scan from pg_stat_xact_user_tables where relid = 'identity.account'::regclass`).Scan(&whole, &probes)
	if err != nil || whole > 0 || probes < 12 {
		t.Errorf("six lookups read all accounts %d times and looked into their indexes %d times, %v", whole, probes, err)
	}
}
