// Package bench measures pages at full size, as ratios to what the database
// alone takes in the same run: absolute times say more of the machine.
package bench_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/big"
	"habilis/internal/pgtest/place"
	"habilis/internal/roles"
	"habilis/internal/secret/argon"
)

func TestMain(m *testing.M) {
	argon.Main()
	pgtest.Main(m)
}

const bareRows = `
select id, family, given, email, username, state, version from resource
 where state <> 'archived'
 order by family collate "fr-x-icu", given collate "fr-x-icu", id limit 51`

// bare reads the rows of the first page by their index, and nothing else.
func bare(ctx context.Context, b *testing.B, p *place.Place) {
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('habilis.tenant', $1, true)`, p.ID.String())
	batch.Queue(bareRows).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if _, err := rows.Values(); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err := pgtest.Pool(b).SendBatch(ctx, batch).Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPeopleList compares the list of 10,000 people among 100,000 accounts
// with the bare query of its rows.
func BenchmarkPeopleList(b *testing.B) {
	p := place.New(b)
	big.Fill(b, p, big.Full)
	post, err := mail.NewPost()
	if err != nil {
		b.Fatal(err)
	}
	s := people.New(p.Door, roles.New(p.Door, post, p.Tenants.Kinds()), post, p.Tenants.Kinds())
	first, err := s.List(b.Context(), p.Pilot.Actor(), people.Filter{})
	if err != nil {
		b.Fatal(err)
	}
	filters := []struct {
		name string
		people.Filter
	}{
		{"first", people.Filter{}},
		{"next", people.Filter{Cursor: first.Next}},
		{"seen", people.Filter{Sort: people.BySeenDesc}},
		{"search", people.Filter{Words: "élise tremb"}},
		{"common", people.Filter{Words: "e"}},
		{"role-few", people.Filter{Role: p.Role(b, "coordination")}},
		{"role-many", people.Filter{Role: p.Role(b, "booking")}},
		{"pending", people.Filter{State: people.Pending}},
	}
	for _, f := range filters {
		b.Run(f.name, func(b *testing.B) { measure(b, s, p, f.Filter) })
	}
}

func measure(b *testing.B, s *people.Service, p *place.Place, f people.Filter) {
	ctx := b.Context()
	for range 50 { // connections, prepared statements, generic plans
		bare(ctx, b, p)
		if _, err := s.List(ctx, p.Pilot.Actor(), f); err != nil {
			b.Fatal(err)
		}
	}
	var alone, whole []time.Duration
	for b.Loop() {
		start := time.Now()
		bare(ctx, b, p)
		between := time.Now()
		if _, err := s.List(ctx, p.Pilot.Actor(), f); err != nil {
			b.Fatal(err)
		}
		alone, whole = append(alone, between.Sub(start)), append(whole, time.Since(between))
	}
	slices.Sort(alone)
	slices.Sort(whole)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(at(whole, 50)/at(alone, 50), "×bare-p50")
	b.ReportMetric(at(whole, 99)/at(alone, 99), "×bare-p99")
	b.ReportMetric(at(whole, 99)/at(whole, 50), "p99/p50")
	b.ReportMetric(at(alone, 50), "bare-ms")
	b.ReportMetric(at(whole, 50), "list-ms")
}

// at is a percentile of sorted times, in milliseconds.
func at(sorted []time.Duration, percent int) float64 {
	return float64(sorted[(len(sorted)-1)*percent/100]) / float64(time.Millisecond)
}
