package mail

import (
	"context"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Chore is work that is done now and then beside the letters. What it does is to
// be the same however often, and by however many, it is begun.
type Chore struct {
	Name  string
	Every time.Duration
	Do    func(context.Context) error
}

// choreJob is all that the queue holds of a chore.
type choreJob struct {
	Name string `json:"name"`
}

func (choreJob) Kind() string { return "chore" }

// periodic has the process that leads the others queue each chore, once for all.
func periodic(chores []Chore) []*river.PeriodicJob {
	var jobs []*river.PeriodicJob
	for _, c := range chores {
		jobs = append(jobs, river.NewPeriodicJob(river.PeriodicInterval(c.Every), func() (river.JobArgs, *river.InsertOpts) {
			return choreJob{c.Name}, &river.InsertOpts{Queue: queue, MaxAttempts: 5, UniqueOpts: river.UniqueOpts{ByArgs: true, ByPeriod: c.Every}}
		}, &river.PeriodicJobOpts{RunOnStart: true}))
	}
	return jobs
}

type choreWorker struct {
	river.WorkerDefaults[choreJob]
	chores []Chore
}

func (w *choreWorker) Work(ctx context.Context, job *river.Job[choreJob]) error {
	for _, c := range w.chores {
		if c.Name == job.Args.Name {
			return c.Do(ctx)
		}
	}
	return river.JobCancel(fmt.Errorf("no chore is called %q", job.Args.Name)) // a newer process's, which has gone
}
