package mail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"habilis/internal/access"
	"habilis/internal/i18n"
	"habilis/internal/postgres"
	"habilis/internal/secret/keyring"
)

const (
	queue       = "mail"
	workers     = 4
	jobTimeout  = 3 * time.Minute     // a conversation, and the database down for a minute
	rescueAfter = 5 * time.Minute     // when the process that held a job died
	patience    = 72 * time.Hour      // how long a letter is tried
	deaths      = 1000                // of its process, that a job survives
	keptDone    = time.Hour           // finished jobs
	keptFailed  = 30 * 24 * time.Hour // and those that were given up
)

// placeJob and accountJob are all that the queue holds of a letter. That of an
// account has no row to stand in.
type placeJob struct {
	Tenant uuid.UUID `json:"tenant"`
	Mail   uuid.UUID `json:"mail"`
}

type accountJob struct {
	Account  uuid.UUID         `json:"account"`
	Template string            `json:"template"`
	To       Address           `json:"to,omitempty"`
	About    map[string]string `json:"about,omitempty"` // the letter's parameters; never a secret
}

func (placeJob) Kind() string   { return "mail" }
func (accountJob) Kind() string { return "mail_account" }

func (placeJob) InsertOpts() river.InsertOpts   { return insertOpts }
func (accountJob) InsertOpts() river.InsertOpts { return insertOpts }

var insertOpts = river.InsertOpts{Queue: queue, MaxAttempts: deaths}

// Renderer writes letters. Beside the template's own, the parameters are place,
// number, kind, support (an address of the place's, or ""), link (where the
// button leads), expires (a date and time in words), at, username (of the account
// that a letter of no place is for), and password.
type Renderer interface {
	Render(template string, p *i18n.Printer, params map[string]string) (subject, html, text string, err error)
}

// Options are what a worker needs to know.
type Options struct {
	From      string // the address that all mail comes from
	BaseURL   string // of the portal: where links lead
	Transport Transport
	Renderer  Renderer
	Printer   func(kind string, l i18n.Locale) *i18n.Printer // who speaks as the places of a kind do
	Clock     func() time.Time
	Log       *slog.Logger
	Ring      *keyring.Ring // keys the hashes of codes
	Beside    []Work        // of other rooms, by the same machinery

	// Chores are done now and then by one of all the processes that run a worker.
	Chores []Chore

	backoff func(age time.Duration) time.Duration // tests don't wait
	poll    time.Duration
}

// Work is what another room does, on a queue of its own.
type Work struct {
	Queue   string
	Workers int
	Add     func(*river.Workers)
}

// Worker sends what is queued.
type Worker struct {
	Options
	door *access.Door
	jobs *river.Client[pgx.Tx]
}

// NewWorker returns a worker on the database behind pool, of which it keeps one
// connection to listen, and uses a few more as it works.
func NewWorker(pool *pgxpool.Pool, door *access.Door, o Options) (*Worker, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.backoff == nil {
		o.backoff = backoff
	}
	w := &Worker{Options: o, door: door}
	bundle := river.NewWorkers()
	river.AddWorker(bundle, &placeWorker{worker: w})
	river.AddWorker(bundle, &accountWorker{worker: w})
	river.AddWorker(bundle, &codeWorker{worker: w})
	river.AddWorker(bundle, &forgottenWorker{worker: w})
	queues := map[string]river.QueueConfig{queue: {MaxWorkers: workers}, codeQueue: {MaxWorkers: codeWorkers}, forgottenQueue: {MaxWorkers: 1}}
	for _, work := range o.Beside {
		work.Add(bundle)
		queues[work.Queue] = river.QueueConfig{MaxWorkers: work.Workers}
	}
	river.AddWorker(bundle, &choreWorker{chores: o.Chores})
	jobs, err := river.NewClient(riverpgxv5.New(pool), &river.Config{
		Schema:                      postgres.JobSchema,
		Queues:                      queues,
		Workers:                     bundle,
		PeriodicJobs:                periodic(o.Chores),
		Logger:                      o.Log,
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		SoftStopTimeout:             conversation / 4,
		FetchPollInterval:           o.poll,
		CompletedJobRetentionPeriod: keptDone,
		CancelledJobRetentionPeriod: keptFailed,
		DiscardedJobRetentionPeriod: keptFailed,
		ReindexerIndexNames:         []string{}, // the server doesn't own River's tables
	})
	if err != nil {
		return nil, fmt.Errorf("preparing the worker of mail: %w", err)
	}
	w.jobs = jobs
	return w, nil
}

func (o *Options) check() error {
	if _, err := oneAddress(o.From); err != nil {
		return fmt.Errorf("the address that mail comes from must be one address such as habilis@example.org, and is %q", o.From)
	}
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return fmt.Errorf("links in mail need the portal's address, such as https://habilis.example.org, and it is %q", o.BaseURL)
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	if o.Transport == nil || o.Renderer == nil || o.Printer == nil || o.Clock == nil || o.Log == nil {
		return errors.New("a worker of mail needs a transport, a renderer, printers, a clock and a log")
	}
	return nil
}

// Start begins to send, until ctx ends or Stop is called.
func (w *Worker) Start(ctx context.Context) error {
	if err := w.jobs.Start(ctx); err != nil {
		return fmt.Errorf("starting the worker of mail: %w", err)
	}
	return nil
}

// Stop takes nothing new and waits for the conversations in progress; those that
// last are cut after a moment and begin anew with the next start.
func (w *Worker) Stop(ctx context.Context) error {
	if err := w.jobs.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the worker of mail: %w", err)
	}
	return nil
}

// backoff is the pause before another try: half of the letter's age.
func backoff(age time.Duration) time.Duration {
	return min(max(age/2, 15*time.Second), 2*time.Hour)
}

type placeWorker struct {
	river.WorkerDefaults[placeJob]
	worker *Worker
}

func (p *placeWorker) Work(ctx context.Context, job *river.Job[placeJob]) error {
	return p.worker.sendForPlace(ctx, job.Args)
}

func (p *placeWorker) NextRetry(job *river.Job[placeJob]) time.Time { return afterDefect(job.JobRow) }

type accountWorker struct {
	river.WorkerDefaults[accountJob]
	worker *Worker
}

func (a *accountWorker) Work(ctx context.Context, job *river.Job[accountJob]) error {
	return a.worker.sendForAccount(ctx, job)
}

func (a *accountWorker) NextRetry(job *river.Job[accountJob]) time.Time {
	return afterDefect(job.JobRow)
}

// afterDefect is when a job runs again that failed by our fault or the
// database's; what the mail server says is no such failure.
func afterDefect(job *rivertype.JobRow) time.Time {
	pause := min(time.Duration(job.Attempt)*15*time.Second, 10*time.Minute)
	return time.Now().Add(pause)
}
