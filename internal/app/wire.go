package app

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"habilis/internal/access"
	"habilis/internal/account"
	"habilis/internal/audit"
	"habilis/internal/help"
	"habilis/internal/journal"
	"habilis/internal/mail"
	"habilis/internal/people"
	"habilis/internal/portal"
	"habilis/internal/postgres"
	"habilis/internal/records"
	"habilis/internal/roles"
	"habilis/internal/secret/passkey"
	"habilis/internal/secret/password"
	"habilis/internal/signin"
	"habilis/internal/sms"
	"habilis/internal/stay"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
	webmail "habilis/web/mail"
)

// The demo's, where the configuration may leave them out.
const (
	demoFrom    = "habilis@habilis.example"
	demoSupport = "soutien@habilis.example"
)

// wire makes the capabilities, the portal before them and the worker beside them.
func (a *App) wire(o Options) error {
	catalogue, err := kinds.Load()
	if err != nil {
		return fmt.Errorf("reading the kinds of establishment: %w", err)
	}
	post, err := mail.NewPost()
	if err != nil {
		return err
	}
	door, errands := a.Door(), access.NewDoor(a.errands, a.pages, a.clock)
	codes, beside, err := a.wireTexts(errands, post, o.Texts)
	if err != nil {
		return err
	}
	site, err := passkey.At(a.URL(), "Habilis")
	if err != nil {
		return err
	}
	hasher := password.DefaultHasher().By(a.hashing.Derive)
	ways := signin.New(door, hasher, a.config.Keys, post, a.clock, append(codes, signin.PasskeysAt(site))...)
	held := roles.New(door, post, catalogue)
	services := portal.Services{
		Tenants: tenants.New(door, catalogue),
		Roles:   held,
		People:  people.New(door, held, post, catalogue),
		Signin:  ways,
		Account: account.New(door, ways, post, a.clock),
		Journal: journal.New(door),
		Records: records.New(door, held),
		Audit:   audit.New(door),
		Stay:    stay.New(door, post, a.clock),
	}
	if len(beside) > 0 {
		var reaches func(string) bool
		if a.config.SMS != nil {
			reaches = a.config.SMS.Reaches
		}
		services.People.WithTexts(reaches)
	}
	services.Help = help.New(door, held, services.People, services.Signin, post)
	a.records = services.Records
	if err := a.wireMail(errands, catalogue, o.Mailbox, beside, roles.NewClock(door, post), services.Stay); err != nil {
		return err
	}
	a.sessions = postgres.NewSessions(a.pool, a.clock, a.config.Idle)
	options := portal.Options{
		BaseURL:        a.URL(),
		Support:        cmp.Or(a.config.Support, demoSupport),
		TrustedProxies: a.config.TrustedProxies,
		Mailbox:        o.Mailbox,
		Texts:          o.Texts,
		Metrics:        a.registry,
	}
	a.measure(hasher)
	a.serveWith(portal.New(options, services, a.sessions, a.log, a.clock).Handler())
	return nil
}

// tickEvery is how long what comes to its planned end may wait to be told.
const tickEvery = 10 * time.Minute

// wireMail makes the worker. Where there is a mail server, the mailbox of the
// demo stays empty.
func (a *App) wireMail(door *access.Door, catalogue kinds.Catalogue, mailbox *mail.Mailbox, beside []mail.Work, ends *roles.Clock, stays *stay.Service) (err error) {
	var transport mail.Transport
	if mailbox != nil {
		transport = mailbox
	}
	if a.config.SMTPURL != "" {
		if transport, err = mail.NewSMTP(a.config.SMTPURL); err != nil {
			return err
		}
	}
	a.worker, err = mail.NewWorker(a.errands, door, mail.Options{
		From:      cmp.Or(a.config.MailFrom, demoFrom),
		BaseURL:   a.URL(),
		Transport: transport,
		Renderer:  webmail.Letters{},
		Printer:   catalogue.Printer,
		Clock:     a.clock,
		Log:       a.log,
		Ring:      a.config.Keys,
		Beside:    beside,
		Chores: []mail.Chore{{Name: "planned_ends", Every: tickEvery, Do: func(ctx context.Context) error {
			return ends.Tick(ctx, a.clock())
		}}, {Name: "stays", Every: tickEvery, Do: stays.Tick}},
	})
	return err
}

// wireTexts says by what codes are sent: by mail, and by the gateway or the demo's
// shelf where there is one.
func (a *App) wireTexts(door *access.Door, post *mail.Post, shelf *sms.Shelf) (codes []signin.Option, beside []mail.Work, err error) {
	codes = []signin.Option{signin.CodesBy(signin.Email, post)}
	var sender sms.Sender
	switch {
	case a.config.SMS != nil:
		sender = a.config.SMS
		codes = append(codes, signin.TextsReach(a.config.SMS.Reaches))
	case shelf != nil:
		sender = shelf
	default:
		return codes, nil, nil
	}
	texts, err := sms.NewPost()
	if err != nil {
		return nil, nil, err
	}
	worker := sms.NewWorker(door, sender, a.config.Keys, a.URL(), a.clock, a.log)
	work := mail.Work{Queue: sms.Queue, Workers: sms.Workers, Add: func(all *river.Workers) { river.AddWorker(all, worker) }}
	return append(codes, signin.CodesBy(signin.SMS, texts)), []mail.Work{work}, nil
}
