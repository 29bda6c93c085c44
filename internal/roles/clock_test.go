package roles_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/roles"
)

const day = 24 * time.Hour

// tick has the clock of all places do what is due.
func (o office) tick(t testing.TB) {
	t.Helper()
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	// Other tests' places are in the same database, each with a time of its own.
	_ = roles.NewClock(o.Door, post).Tick(t.Context(), o.Clock.Now())
}

// told are the letters about ends, by who gets them, oldest first.
func (o office) told(t testing.TB) string {
	t.Helper()
	var told string
	err := pgtest.Super(t).QueryRow(t.Context(), `
select coalesce(string_agg(template || ' ' || recipient, '; ' order by created_at, template), '') from mail
 where tenant_id = $1 and template like 'access_ending%'`, o.ID).Scan(&told)
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// acted counts an act in the journal.
func (o office) acted(t testing.TB, act string) int {
	t.Helper()
	n := 0
	for _, one := range o.Acts(t) {
		if one == act {
			n++
		}
	}
	return n
}

func TestAPlannedEndIsAnnouncedAWeekAndADayBeforeOnceEachToBoth(t *testing.T) {
	o := open(t, "childcare")
	tech := o.Person(t)
	if err := o.do(t, o.Pilot.Actor(), tech, "technician", ""); err != nil {
		t.Fatal(err)
	}
	once := "access_ending " + tech.Email + "; access_ending_of " + o.Pilot.Email
	for _, step := range []struct {
		ahead time.Duration
		told  string
	}{{82 * day, ""}, {1 * day, once}, {5 * day, once}, {1 * day, once + "; " + once}, {23 * time.Hour, once + "; " + once}} {
		o.Clock.Advance(step.ahead)
		atOnce(4, func(int) { o.tick(t) }) // as several processes do, and those that begin anew
		if got := o.told(t); got != step.told {
			t.Errorf("after %v: %q, want %q", step.ahead, got, step.told)
		}
		holds(t, o, tech, "technician")
	}
	if n := o.acted(t, "roles.expire"); n != 0 {
		t.Errorf("the end is noted %d times before it came", n)
	}
	o.Clock.Advance(time.Hour)
	holds(t, o, tech) // before any tick
	atOnce(4, func(int) { o.tick(t) })
	o.tick(t)
	if n := o.acted(t, "roles.expire"); n != 1 {
		t.Errorf("the end is noted %d times", n)
	}
	var ended string
	if err := pgtest.Super(t).QueryRow(t.Context(), `select string_agg(recipient, '; ') from mail where tenant_id = $1 and template = 'access_ended'`, o.ID).Scan(&ended); err != nil || ended != tech.Email {
		t.Errorf("the end is written to %q, %v", ended, err)
	}
	var kind string
	if err := pgtest.Super(t).QueryRow(t.Context(), `select actor_kind from journal where tenant_id = $1 and act = 'roles.expire'`, o.ID).Scan(&kind); err != nil || kind != "clock" {
		t.Errorf("noted by %q, %v", kind, err)
	}
}

func TestWhatWasLateIsAnnouncedOnceAndWhatIsShortNotTooEarly(t *testing.T) {
	o := open(t, "childcare")
	late, short := o.Person(t), o.Person(t)
	if err := o.do(t, o.Pilot.Actor(), late, "technician", ""); err != nil {
		t.Fatal(err)
	}
	o.Clock.Advance(89*day + 12*time.Hour) // nothing ticked for months
	c := o.change(t, short, "technician", "")
	c.Until = o.Clock.Now().Add(3 * day)
	if _, err := o.Apply(t.Context(), o.Pilot.Actor(), short.Resource, c, o.sent(t, o.Pilot.Actor(), short, c)); err != nil {
		t.Fatal(err)
	}
	o.tick(t)
	o.tick(t)
	if got := o.told(t); strings.Count(got, late.Email) != 1 || strings.Contains(got, short.Email) {
		t.Errorf("told: %s", got)
	}
}

// A process that dies before it commits has sent nothing and marked nothing.
func TestAWarningThatWasNotCommittedIsSentByTheNextTick(t *testing.T) {
	o := open(t, "childcare")
	tech := o.Person(t)
	if err := o.do(t, o.Pilot.Actor(), tech, "technician", ""); err != nil {
		t.Fatal(err)
	}
	o.Clock.Advance(84 * day)
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	_ = roles.NewClock(o.Door, failing{post}).Tick(t.Context(), o.Clock.Now())
	if got := o.told(t); got != "" {
		t.Errorf("told: %s", got)
	}
	o.tick(t)
	if got := o.told(t); strings.Count(got, tech.Email) != 1 {
		t.Errorf("told: %s", got)
	}
}

// failing queues a letter, and then goes wrong.
type failing struct{ *mail.Post }

func (f failing) Send(ctx context.Context, v *access.Visit, l mail.Letter) (uuid.UUID, error) {
	if _, err := f.Post.Send(ctx, v, l); err != nil {
		return uuid.Nil, err
	}
	return uuid.Nil, errors.New("gone")
}

func TestAnEndIsChosenWithinTheMostAndProlonged(t *testing.T) {
	o := open(t, "childcare")
	tech := o.Person(t)
	give := func(until time.Time) error {
		c := o.change(t, tech, "technician", "")
		c.Until = until
		_, err := o.Apply(t.Context(), o.Pilot.Actor(), tech.Resource, c, o.sent(t, o.Pilot.Actor(), tech, c))
		return err
	}
	refused(t, give(o.Clock.Now().Add(92*day)), fault.KindInvalid, "roles.until_late")
	refused(t, give(o.Clock.Now().Add(-day)), fault.KindInvalid, "roles.until_past")
	if err := give(o.Clock.Now().Add(10 * day)); err != nil {
		t.Fatal(err)
	}
	o.Clock.Advance(5 * day)
	held := o.held(t, tech)["technician"]
	prolong := func(by access.Actor, until time.Time) error {
		_, err := o.Prolong(t.Context(), by, tech.Resource, held.ID, until, roles.Sent{Version: o.sees(t, tech).Person.Version})
		return err
	}
	manager := o.Person(t, "management")
	refused(t, prolong(manager.Actor(), time.Time{}), fault.KindForbidden, "roles.not_giver")
	refused(t, prolong(o.Pilot.Actor(), o.Clock.Now().Add(92*day)), fault.KindInvalid, "roles.until_late")
	if err := prolong(o.Pilot.Actor(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := o.held(t, tech)["technician"]; !got.Until.Equal(o.Clock.Now().Add(90 * day)) {
		t.Errorf("prolonged until %v", got.Until)
	}
	if o.acted(t, "roles.prolong") != 1 {
		t.Error("the journal doesn't say that it was prolonged")
	}
	_, err := o.Prolonging(t.Context(), o.Pilot.Actor(), o.Person(t, "educator").Resource, held.ID)
	refused(t, err, fault.KindConflict, "roles.ended")
}

func TestSeveralRolesAreGivenTogetherAndTheExclusiveOneAlone(t *testing.T) {
	o := open(t, "childcare")
	who := o.Person(t, "employee")
	apply := func(give ...string) error {
		var c roles.Change
		for _, key := range give {
			c.Give = append(c.Give, o.Role(t, key))
		}
		_, err := o.Apply(t.Context(), o.Pilot.Actor(), who.Resource, c, o.sent(t, o.Pilot.Actor(), who, c))
		return err
	}
	refused(t, apply("technician", "educator"), fault.KindConflict, "roles.exclusive_alone")
	refused(t, apply("educator", "employee"), fault.KindConflict, "roles.already_held")
	if err := apply("educator", "accounting"); err != nil {
		t.Fatal(err)
	}
	holds(t, o, who, "employee", "educator", "accounting")
}

// The database itself keeps an exclusive role alone, whatever writes to it.
func TestTheDatabaseRefusesARoleBesideAnExclusiveOne(t *testing.T) {
	o := open(t, "childcare")
	for _, c := range [][2]string{{"technician", "educator"}, {"educator", "technician"}} {
		who := o.Person(t, c[0])
		err := o.TryWrite(t, func(ctx context.Context, v *access.Visit) error {
			_, err := v.Exec(ctx, `
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, by_kind)
select tenant_id, $1, $2, id, exclusive, $3, 'console' from role where id = $4`, access.NewID(), who.Resource, v.Now, o.Role(t, c[1]))
			return err
		})
		refused(t, err, fault.KindConflict, "roles.exclusive")
		holds(t, o, who, c[0])
	}
}

func TestOfRolesTickedTogetherTheLastOneStays(t *testing.T) {
	o := open(t, "childcare")
	who := o.Person(t, "employee", "educator")
	tick := func(now, before []string) []string {
		var boxes roles.Ticked
		for _, key := range now {
			boxes.Roles = append(boxes.Roles, o.Role(t, key))
		}
		for _, key := range before {
			boxes.Before = append(boxes.Before, o.Role(t, key))
		}
		page, err := o.Ticks(t.Context(), o.Pilot.Actor(), who.Resource, &boxes, roles.Change{})
		if err != nil {
			t.Fatal(err)
		}
		var stay []string
		for _, r := range o.Kind.Roles {
			if slices.Contains(page.Ticked, o.Role(t, r.Key)) {
				stay = append(stay, r.Key)
			}
		}
		return stay
	}
	for _, c := range []struct{ now, before, stay []string }{
		{[]string{"employee", "educator", "technician"}, []string{"employee", "educator"}, []string{"technician"}},
		{[]string{"technician", "educator"}, []string{"technician"}, []string{"educator"}},
		{[]string{"technician", "educator"}, nil, []string{"technician"}},
		{[]string{"educator", "employee"}, nil, []string{"educator", "employee"}},
		{[]string{"technician"}, []string{"technician"}, []string{"technician"}},
		{nil, []string{"technician"}, nil},
	} {
		if got := tick(c.now, c.before); !slices.Equal(got, c.stay) {
			t.Errorf("%v after %v leaves %v, want %v", c.now, c.before, got, c.stay)
		}
	}
}
