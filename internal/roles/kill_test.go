package roles_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/postgres"
	"habilis/internal/roles"
)

// A process of its own runs the clock, and is killed at a step of a warning.
const (
	stepVariable = "HABILIS_TEST_DIE_AT"
	baseVariable = "HABILIS_TEST_DATABASE"
	timeVariable = "HABILIS_TEST_NOW"
)

func TestMain(m *testing.M) {
	if os.Getenv(stepVariable) != "" {
		dieTicking()
	}
	pgtest.Main(m)
}

func die() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// doomed queues a letter, and kills its process before what was done is committed.
type doomed struct{ *mail.Post }

// Send queues the letter, and is the last thing that its process does.
func (d doomed) Send(ctx context.Context, v *access.Visit, l mail.Letter) (uuid.UUID, error) {
	if _, err := d.Post.Send(ctx, v, l); err != nil {
		os.Exit(3)
	}
	die()
	panic("unreachable")
}

func dieTicking() {
	ctx := context.Background()
	now, err := time.Parse(time.RFC3339Nano, os.Getenv(timeVariable))
	check(err)
	pool, err := postgres.OpenPool(ctx, os.Getenv(baseVariable), postgres.PoolOptions{})
	check(err)
	post, err := mail.NewPost()
	check(err)
	door := access.NewDoor(pool, nil, func() time.Time { return now })
	clock := roles.NewClock(door, post)
	if os.Getenv(stepVariable) == "queued" {
		clock = roles.NewClock(door, doomed{post})
	}
	_ = clock.Tick(ctx, now)
	die()
}

func check(err error) {
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(2)
	}
}

// A warning and the mark that it was given are one: whoever dies between them has
// done neither, and whoever dies after them has done both.
func TestAWarningOutlivesTheDeathOfTheClock(t *testing.T) {
	for step, before := range map[string]int{"queued": 0, "committed": 1} {
		t.Run(step, func(t *testing.T) {
			o := open(t, "childcare")
			tech := o.Person(t)
			if err := o.do(t, o.Pilot.Actor(), tech, "technician", ""); err != nil {
				t.Fatal(err)
			}
			o.Clock.Advance(84 * day)
			child := exec.Command(os.Args[0])
			child.Env = append(os.Environ(), stepVariable+"="+step, baseVariable+"="+pgtest.AppURL(t), timeVariable+"="+o.Clock.Now().Format(time.RFC3339Nano))
			out, err := child.CombinedOutput()
			if status, ok := child.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
				t.Fatalf("the process ended otherwise: %v\n%s", err, out)
			}
			marks := func() (n int) {
				if err := pgtest.Super(t).QueryRow(t.Context(), `select count(*) from grant_notice where tenant_id = $1`, o.ID).Scan(&n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			if n := strings.Count(o.told(t), tech.Email); n != before || marks() != before {
				t.Fatalf("%d letters and %d marks before the rescue, want %d", n, marks(), before)
			}
			o.tick(t)
			o.tick(t)
			if n := strings.Count(o.told(t), tech.Email); n != 1 || marks() != 1 {
				t.Errorf("%d letters and %d marks after it", n, marks())
			}
		})
	}
}
