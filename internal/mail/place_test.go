package mail_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/mail"
	"habilis/internal/pgtest"
	"habilis/internal/tenants/kinds"
	webmail "habilis/web/mail"
)

func TestMain(m *testing.M) {
	if isDoomed() {
		dieSending()
	}
	pgtest.Main(m)
}

// clock is the time of the facts; a test may move it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 21, 21, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// office is a place, a post, and perhaps a worker.
type office struct {
	t      *testing.T
	tenant uuid.UUID
	door   *access.Door
	post   *mail.Post
	clock  *clock
	log    bytes.Buffer
}

var needWrite = access.Need{Act: "test.write", Also: access.Console}

func newOffice(t *testing.T, name string) *office {
	t.Helper()
	post, err := mail.NewPost()
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, tenant: access.NewID(), post: post, clock: newClock()}
	o.door = access.NewDoor(pgtest.Pool(t), pgtest.Pages(t), o.clock.Now)
	o.exec(`delete from river.river_job`) // nobody else's letters
	o.exec(`insert into tenant (tenant_id, number, kind, name, locale, time_zone, support, policies, created_at)
values ($1, $2, 'planner', $3, 'fr-CA', 'America/Toronto', 'soutien@exemple.ca', '{"temporary_password_hours": 12}', $4)`,
		o.tenant, o.tenant.String()[24:], name, o.clock.Now())
	return o
}

func (o *office) exec(sql string, args ...any) {
	o.t.Helper()
	if _, err := pgtest.Super(o.t).Exec(context.Background(), sql, args...); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) ask(dest any, sql string, args ...any) {
	o.t.Helper()
	if err := pgtest.Super(o.t).QueryRow(context.Background(), sql, args...).Scan(dest); err != nil {
		o.t.Fatal(err)
	}
}

// person is someone of the place, with an account of their own.
type person struct {
	account, resource uuid.UUID
	email             string
}

// person is someone with an account, at an address of their own: to the name in it,
// theirs alone is added.
func (o *office) person(email string) person {
	o.t.Helper()
	p := person{account: access.NewID(), resource: access.NewID()}
	name := p.account.String()[20:]
	local, domain, _ := strings.Cut(email, "@")
	email = local + "." + name + "@" + domain
	p.email = email
	o.exec(`select identity.account_create($1, $2, $2, $3, $3, 'Nguyen', 'Thi', '', 'fr-CA', $4)`, p.account, name, email, o.clock.Now())
	o.exec(`select identity.membership_add($1, $2, $3)`, p.account, o.tenant, p.resource)
	o.exec(`insert into resource (tenant_id, id, account_id, family, given, username, email, state, search, created_at)
values ($1, $2, $3, 'Nguyen', 'Thi', $4, $5, 'pending', '', $6)`, o.tenant, p.resource, p.account, name, email, o.clock.Now())
	return p
}

func temporary(p person) mail.Letter {
	return mail.Letter{Template: mail.TemporaryPassword, Resource: p.resource, Account: p.account, Recipient: p.email,
		Locale: i18n.FrCA, Params: map[string]string{"username": "TNguyen", "by": "Maude Bélanger"}}
}

func (o *office) send(l mail.Letter) uuid.UUID {
	o.t.Helper()
	var id uuid.UUID
	err := o.door.Enter(o.t.Context(), access.AtConsole(o.tenant), needWrite, func(v *access.Visit) (err error) {
		id, err = o.post.Send(o.t.Context(), v, l)
		v.Record(access.Entry{})
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func (o *office) options(transport mail.Transport) mail.Options {
	return mail.Options{From: "habilis@exemple.ca", BaseURL: "https://habilis.exemple.ca", Transport: transport,
		Renderer: webmail.Letters{}, Printer: kinds.Catalogue{}.Printer, Clock: o.clock.Now, Log: slog.New(slog.NewTextHandler(&o.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
}

// work starts a worker; next gives its events one by one.
func (o *office) work(transport mail.Transport) (next func() *river.Event) {
	o.t.Helper()
	w, err := mail.NewWorker(pgtest.Pool(o.t), o.door, o.options(transport).WithoutPauses())
	if err != nil {
		o.t.Fatal(err)
	}
	events, cancel := w.Jobs().Subscribe(river.EventKindJobCompleted, river.EventKindJobCancelled, river.EventKindJobFailed, river.EventKindJobSnoozed)
	if err := w.Start(context.Background()); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		cancel()
		if err := w.Stop(context.Background()); err != nil {
			o.t.Error(err)
		}
	})
	return func() *river.Event {
		o.t.Helper()
		select {
		case e := <-events:
			return e
		case <-time.After(time.Minute): // a failure, not a pause
			o.t.Fatalf("nothing happens; the log says\n%s", o.log.String())
			return nil
		}
	}
}

func (o *office) fate(id uuid.UUID) mail.Fate {
	o.t.Helper()
	rows, err := pgtest.Super(o.t).Query(context.Background(),
		`select id, template, recipient, state, attempts, answer, created_at, changed_at from mail where id = $1`, id)
	if err != nil {
		o.t.Fatal(err)
	}
	fate, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[mail.Fate])
	if err != nil {
		o.t.Fatal(err)
	}
	return fate
}

// opened is a message as its reader sees it.
type opened struct {
	header     netmail.Header
	subject    string
	text, html string
}

func open(t *testing.T, data []byte) opened {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	o := opened{header: m.Header, subject: subject}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, part := range []*string{&o.text, &o.html} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		*part = strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	return o
}

// secretIn finds the temporary password of a message.
func secretIn(t *testing.T, data []byte) string {
	t.Helper()
	for line := range strings.SplitSeq(open(t, data).text, "\n") {
		if secret, ok := strings.CutPrefix(line, "    "); ok {
			return secret
		}
	}
	t.Fatalf("no password in\n%s", data)
	return ""
}

// dump is all that the database holds, as text.
func (o *office) dump() string {
	o.t.Helper()
	super := pgtest.Super(o.t)
	rows, err := super.Query(context.Background(), `
select format('%I.%I', table_schema, table_name) from information_schema.tables
 where table_schema in ('public', 'identity', 'river') and table_type = 'BASE TABLE'`)
	if err != nil {
		o.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		o.t.Fatal(err)
	}
	var all strings.Builder
	for _, table := range tables {
		var text string
		o.ask(&text, fmt.Sprintf(`select coalesce(string_agg(t::text, E'\n'), '') from %s t`, table))
		all.WriteString(table + "\n" + text + "\n")
	}
	return all.String()
}
