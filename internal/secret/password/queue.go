package password

import (
	"context"
	"slices"
	"sync"

	"habilis/internal/fault"
)

// Turn is for whom a password is hashed. Whatever is asked for from one site, or for
// one account there, the others have their turn.
type Turn struct {
	Account string // what was typed, or who is signed in; "" is nobody in particular
	Site    string // the address that one line has, or the browser that is known
}

// perAccount is how many hashes of one account run or wait at once at a site: someone
// types one password at a time. Elsewhere, others may type the name of the account
// as well, and must not keep its owner out.
const perAccount = 8

type turnKey struct{}

// InTurn is a context in which hashes wait in the line of a site.
func InTurn(ctx context.Context, t Turn) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}

// TurnOf is for whom hashes in a context are; of nobody in particular where it isn't said.
func TurnOf(ctx context.Context) Turn {
	t, _ := ctx.Value(turnKey{}).(Turn)
	return t
}

// queue lets a bounded number run at once, and a bounded number wait. Sites are
// served one after the other, each in the order of its line; when there is no more
// room, the last of the longest line gives way to whose line is shorter.
type queue struct {
	mutex   sync.Mutex
	free    int // may begin at once; none while someone waits
	room    int // may wait
	waiting int
	lines   []*line      // those that have someone, in the order of their turns
	asked   map[Turn]int // how many run or wait
}

type line struct {
	site string
	wait []*ticket
}

type ticket struct {
	Turn
	called chan bool // whether it is its turn, or it gave way
}

func newQueue(running, waiting int) *queue {
	return &queue{free: running, room: waiting, asked: map[Turn]int{}}
}

func errBusy() error { return fault.Busy("password.busy") }

// enter waits for its turn, which ends with leave. It fails with fault.Busy when
// too many wait, or with ctx's error.
func (q *queue) enter(ctx context.Context, t Turn) error {
	mine, err := q.admit(t)
	if mine == nil || err != nil {
		return err
	}
	select {
	case turn := <-mine.called:
		if !turn {
			return errBusy()
		}
		return nil
	case <-ctx.Done():
		q.abandon(mine)
		return ctx.Err()
	}
}

// admit begins at once, or takes a ticket.
func (q *queue) admit(t Turn) (*ticket, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if t.Account != "" && q.asked[t] >= perAccount {
		return nil, errBusy()
	}
	if q.free > 0 {
		q.free--
		q.asked[t]++
		return nil, nil
	}
	if q.waiting == q.room && !q.giveWay(t.Site) {
		return nil, errBusy()
	}
	mine := &ticket{t, make(chan bool, 1)}
	at := q.lineOf(t.Site)
	if at < 0 {
		at = len(q.lines)
		q.lines = append(q.lines, &line{site: t.Site})
	}
	q.lines[at].wait = append(q.lines[at].wait, mine)
	q.waiting++
	q.asked[t]++
	return mine, nil
}

// giveWay makes room in the longest line for one of a line that is shorter even then.
func (q *queue) giveWay(site string) bool {
	if len(q.lines) == 0 {
		return false
	}
	longest, mine := slices.MaxFunc(q.lines, func(a, b *line) int { return len(a.wait) - len(b.wait) }), 0
	if at := q.lineOf(site); at >= 0 {
		mine = len(q.lines[at].wait)
	}
	if len(longest.wait) <= mine+1 {
		return false
	}
	last := longest.wait[len(longest.wait)-1]
	q.drop(last)
	last.called <- false
	return true
}

func (q *queue) lineOf(site string) int {
	return slices.IndexFunc(q.lines, func(l *line) bool { return l.site == site })
}

// drop takes a ticket out of its line; false when it is in none any more.
func (q *queue) drop(t *ticket) bool {
	at := q.lineOf(t.Site)
	if at < 0 {
		return false
	}
	l := q.lines[at]
	i := slices.Index(l.wait, t)
	if i < 0 {
		return false
	}
	if l.wait = slices.Delete(l.wait, i, i+1); len(l.wait) == 0 {
		q.lines = slices.Delete(q.lines, at, at+1)
	}
	q.waiting--
	q.forget(t.Turn)
	return true
}

func (q *queue) forget(t Turn) {
	if q.asked[t]--; q.asked[t] == 0 {
		delete(q.asked, t)
	}
}

// abandon is for who waits no longer. A turn that came meanwhile goes to the next.
func (q *queue) abandon(t *ticket) {
	q.mutex.Lock()
	waited := q.drop(t)
	q.mutex.Unlock()
	if !waited && <-t.called {
		q.leave(t.Turn)
	}
}

// leave ends a turn, and calls the next.
func (q *queue) leave(t Turn) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.forget(t)
	if q.waiting == 0 {
		q.free++
		return
	}
	l := q.lines[0]
	next := l.wait[0]
	q.lines = append(q.lines[1:], l) // behind the others, until its next turn
	q.drop(next)
	q.asked[next.Turn]++ // it runs
	next.called <- true
}
