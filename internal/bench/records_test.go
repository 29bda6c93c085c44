package bench_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/access"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/records"
	"habilis/internal/roles"
)

// manyRecords are those of the place in which records are measured: as many as a
// file may hold.
const manyRecords = 100_000

// firstRecords reads the rows of the first page by their index, and nothing else.
const firstRecords = `
select id, reference, label, state, version from record
 where state = 'open' order by label collate "fr-x-icu", id limit 51`

// clients is a file of records, each with a number of its own in its name.
func clients() string {
	families := []string{"Tremblay", "Gagnon", "Œuvrard", "Nguyễn", "O'Brien", "Côté", "Lévesque"}
	givens := []string{"Zoé", "Mathieu", "Élise", "Thi Minh Khai", "Noël"}
	var b strings.Builder
	b.WriteString("Référence;Nom\n")
	for n := range manyRecords {
		fmt.Fprintf(&b, "C-%06d;%s, %s %05d\n", n, families[n%len(families)], givens[n/7%len(givens)], (n*7919)%100_000)
	}
	return b.String()
}

func recordsOf(b *testing.B, p *place.Place) *records.Service {
	b.Helper()
	post, err := mail.NewPost()
	if err != nil {
		b.Fatal(err)
	}
	return records.New(p.Door, roles.New(p.Door, post, p.Tenants.Kinds()))
}

// bring imports a file as people do: read and judged, looked at, then a yes.
func bring(b *testing.B, s *records.Service, a access.Actor, file io.Reader) {
	b.Helper()
	id, err := s.Upload(b.Context(), a, "clients.csv", file)
	if err != nil {
		b.Fatal(err)
	}
	page, err := s.Preview(b.Context(), a, id, "", 1)
	if err != nil {
		b.Fatal(err)
	}
	if done, err := s.Confirm(b.Context(), a, id, page.Edition); err != nil || done.Added != manyRecords {
		b.Fatalf("%+v, %v", done, err)
	}
}

// BenchmarkRecordsList compares pages of the list of 100,000 records with the bare
// query of its first rows.
func BenchmarkRecordsList(b *testing.B) {
	p := place.New(b)
	s, pilot := recordsOf(b, p), p.Pilot.Actor()
	bring(b, s, pilot, strings.NewReader(clients()))
	if _, err := pgtest.Super(b).Exec(b.Context(), `vacuum analyze record, record_shelf, assignment`); err != nil {
		b.Fatal(err)
	}
	first, err := s.List(b.Context(), pilot, records.Filter{})
	if err != nil {
		b.Fatal(err)
	}
	base := func() { rowsIn(b, p.ID, firstRecords) }
	for _, f := range []struct {
		name string
		records.Filter
	}{
		{"first", records.Filter{}},
		{"next", records.Filter{Cursor: first.Next}},
		{"reference", records.Filter{Words: "c-054321"}},
		{"absent", records.Filter{Words: "zzzzzz"}},
		{"rare", records.Filter{Words: "oeuvrard 0543"}},
		{"hundreds", records.Filter{Words: "543"}},
		{"thousands", records.Filter{Words: "nguyen 5"}},
		{"common", records.Filter{Words: "e"}},
		{"archived", records.Filter{Words: "e", State: records.Archived}},
	} {
		what := func() {
			if _, err := s.List(context.Background(), pilot, f.Filter); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(f.name, func(b *testing.B) { compareCalls(b, base, what, 1, "×rows") })
	}
}

// rowsIn runs a statement in the shape of every page: with the tenant, in one batch.
func rowsIn(b testing.TB, tenant uuid.UUID, sql string) {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('habilis.tenant', $1, true)`, tenant.String())
	batch.Queue(sql).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if _, err := rows.Values(); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := pgtest.Pool(b).SendBatch(context.Background(), batch).Close(); err != nil {
		b.Fatal(err)
	}
}

// bareImport writes as many records in one statement, as the superuser, and leaves
// nothing.
const bareImport = `
insert into record (tenant_id, id, reference, reference_key, label, search, created_at)
select $1, gen_random_uuid(), 'B-' || n, 'b-' || n, 'Tremblay, Zoé ' || n, 'b ' || n || ' tremblay zoe ' || n, now() from generate_series(1, $2::int) n`

// BenchmarkRecordsImport compares the import of 100,000 records, from the file to
// the yes, with the bare insertion of as many.
func BenchmarkRecordsImport(b *testing.B) {
	file := clients()
	var alone, whole time.Duration
	for b.Loop() {
		p := place.New(b)
		s := recordsOf(b, p)
		alone += insertAlone(b, p.ID)
		began := time.Now()
		bring(b, s, p.Pilot.Actor(), strings.NewReader(file))
		whole += time.Since(began)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(whole)/float64(alone), "×insert")
	b.ReportMetric(whole.Seconds()/float64(b.N), "import-s")
}

func insertAlone(b *testing.B, tenant uuid.UUID) time.Duration {
	b.Helper()
	tx, err := pgtest.Super(b).Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.Background()) }()
	began := time.Now()
	for _, statement := range []string{`set local session_replication_role = replica`, `set local statement_timeout = 0`} {
		if _, err := tx.Exec(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := tx.Exec(b.Context(), bareImport, tenant, manyRecords); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}
