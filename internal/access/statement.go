package access

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// statement is a text with its names turned into positions. Pages run the same
// few texts over and over; finding the names in them took pgx a seventh of what
// the whole page took us.
type statement struct {
	sql   string
	names []string // by position
}

var (
	statements sync.Map // by the text with names: *statement
	known      atomic.Int32
)

// mostStatements bounds what is remembered: texts are ours, but some are put
// together from what is asked for.
const mostStatements = 2000

// positional is the text with positions and its arguments in their order. As with
// pgx, a name that is missing is an error, and so is one too many.
func positional(sql string, args pgx.StrictNamedArgs) (string, []any, error) {
	found, ok := statements.Load(sql)
	if !ok {
		return learn(sql, args)
	}
	s := found.(*statement)
	if len(args) != len(s.names) {
		return args.RewriteQuery(context.Background(), nil, sql, nil) // says which
	}
	values := make([]any, len(s.names))
	for i, name := range s.names {
		if values[i], ok = args[name]; !ok {
			return args.RewriteQuery(context.Background(), nil, sql, nil)
		}
	}
	return s.sql, values, nil
}

// learn has pgx turn the text, its names standing for their values.
func learn(sql string, args pgx.StrictNamedArgs) (string, []any, error) {
	own := make(pgx.StrictNamedArgs, len(args))
	for name := range args {
		own[name] = name
	}
	text, order, err := own.RewriteQuery(context.Background(), nil, sql, nil)
	if err != nil {
		return "", nil, fmt.Errorf("preparing a statement: %w", err)
	}
	s := &statement{text, make([]string, len(order))}
	values := make([]any, len(order))
	for i, name := range order {
		s.names[i] = name.(string)
		values[i] = args[s.names[i]]
	}
	if known.Load() < mostStatements {
		if _, twice := statements.LoadOrStore(sql, s); !twice {
			known.Add(1)
		}
	}
	return text, values, nil
}

// queue puts a statement into a batch. One whose arguments aren't those that it
// names fails when it is sent, as pgx has it.
func queue(b *pgx.Batch, sql string, args pgx.StrictNamedArgs) *pgx.QueuedQuery {
	text, values, err := positional(sql, args)
	if err != nil {
		return b.Queue(sql, args) // fails there, for the same reason
	}
	return b.Queue(text, values...)
}
