package kinds

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

// path names a value in a file: "roles[2].grid.slots.view".
type path string

func (p path) key(name string) path {
	if p == "" {
		return path(name)
	}
	return p + "." + path(name)
}

func (p path) item(i int) path { return path(fmt.Sprintf("%s[%d]", p, i)) }

// parent is the path without its last key or index; of a single key it is "".
func (p path) parent() path { return p[:max(0, strings.LastIndexAny(string(p), ".["))] }

// lines says on which line of a file each value stands.
type lines map[path]int

// of returns the line of a value, or for one that is not there of what should hold it.
func (l lines) of(p path) int {
	for ; p != ""; p = p.parent() {
		if line, ok := l[p]; ok {
			return line
		}
	}
	return 1
}

// locate reads where each value of a sound TOML document stands.
func locate(data []byte) lines {
	reader := locator{data: data, found: lines{}, items: map[path]int{}}
	var parser unstable.Parser
	parser.Reset(data)
	table := path("")
	for parser.NextExpression() {
		switch e := parser.Expression(); e.Kind {
		case unstable.Table:
			table = reader.walk("", e.Key())
		case unstable.ArrayTable:
			table = reader.walkArray(e.Key())
		case unstable.KeyValue:
			reader.value(table, e)
		}
	}
	return reader.found
}

type locator struct {
	data  []byte
	found lines
	items map[path]int // how many items each array of tables has so far
}

// walk follows a dotted key from a table, into the last item of each array on the way.
func (r *locator) walk(from path, keys unstable.Iterator) path {
	at := from
	for keys.Next() {
		at = r.note(at, keys.Node())
		if n := r.items[at]; n > 0 {
			at = at.item(n - 1)
		}
	}
	return at
}

// walkArray follows the key of an array of tables and begins its next item.
func (r *locator) walkArray(keys unstable.Iterator) path {
	at, line := path(""), 1
	for keys.Next() {
		if n := r.items[at]; n > 0 {
			at = at.item(n - 1)
		}
		at = r.note(at, keys.Node())
		line = r.line(keys.Node())
	}
	r.items[at]++
	at = at.item(r.items[at] - 1)
	r.found[at] = line
	return at
}

// value notes where a key stands and, when it holds an inline table, what is in it.
func (r *locator) value(table path, pair *unstable.Node) {
	at := r.walk(table, pair.Key())
	value := pair.Value()
	if value.Kind != unstable.InlineTable {
		return
	}
	for children := value.Children(); children.Next(); {
		r.value(at, children.Node())
	}
}

func (r *locator) note(at path, key *unstable.Node) path {
	at = at.key(string(key.Data))
	if _, known := r.found[at]; !known {
		r.found[at] = r.line(key)
	}
	return at
}

func (r *locator) line(key *unstable.Node) int {
	return 1 + bytes.Count(r.data[:key.Raw.Offset], []byte("\n"))
}

// Problem is one thing that is wrong in a kind's file.
type Problem struct {
	File   string
	Line   int // from 1
	Reason string
}

func (p Problem) Error() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Reason) }

// Problems is all that is wrong, in the order of the lines.
type Problems []Problem

func (ps Problems) Error() string {
	said := make([]string, len(ps))
	for i, p := range ps {
		said[i] = p.Error()
	}
	return strings.Join(said, "\n")
}

// sort puts the problems of one file in the order of its lines.
func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int { return a.Line - b.Line })
}
