package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// step is one element of the way to a control.
type step struct{ role, name string }

func (s step) String() string { return fmt.Sprintf("%s “%s”", s.role, s.name) }

// In looks for controls only within something: b.In("row", "Gagnon Ève…").
// A name that ends with … is a beginning.
func (b *Tab) In(role, name string) *Tab {
	narrow := *b
	narrow.within = append(slices.Clip(b.within), step{role, name})
	return &narrow
}

// node is something that a screen reader would speak of.
type node struct {
	id       cdp.BackendNodeID
	role     string
	name     string
	value    string
	is       map[string]string // states: disabled, checked, focused, expanded…
	children []*node
}

// tree reads the accessibility tree of the page.
func (b *Tab) tree() (*node, error) {
	result, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil || len(result.Nodes) == 0 {
		return &node{}, err
	}
	nodes := make(map[accessibility.NodeID]*node, len(result.Nodes))
	for _, from := range result.Nodes {
		nodes[from.NodeID] = read(from)
	}
	for _, from := range result.Nodes {
		for _, id := range from.ChildIDs {
			if child := nodes[id]; child != nil {
				nodes[from.NodeID].children = append(nodes[from.NodeID].children, child)
			}
		}
	}
	return nodes[result.Nodes[0].NodeID], nil
}

func read(from *accessibility.Node) *node {
	n := &node{id: from.BackendDOMNodeID, is: map[string]string{}}
	if from.Ignored {
		return n // its children may count
	}
	n.role, n.name, n.value = plain(from.Role), plain(from.Name), plain(from.Value)
	for _, p := range from.Properties {
		n.is[string(p.Name)] = plain(p.Value)
	}
	return n
}

// plain is a value as text, its spaces made ordinary ones.
func plain(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var text string
	if json.Unmarshal(v.Value, &text) != nil {
		text = string(v.Value)
	}
	return squeeze(text)
}

// squeeze makes of the spaces and apostrophes of good typography those of a keyboard.
func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "’", "'")), " ")
}

func (n *node) find(s step) []*node {
	var found []*node
	if n.matches(s) {
		found = append(found, n)
	}
	for _, child := range n.children {
		found = append(found, child.find(s)...)
	}
	return found
}

func (n *node) matches(s step) bool {
	if n.role != s.role {
		return false
	}
	name := squeeze(s.name)
	if start, ok := strings.CutSuffix(name, "…"); ok && strings.HasPrefix(n.name, strings.TrimSpace(start)) {
		return true
	}
	return n.name == name
}

// text is all that is said within a node.
func (n *node) text() string {
	var said []string
	for _, one := range n.find(step{"StaticText", "…"}) {
		said = append(said, one.name)
	}
	return squeeze(strings.Join(said, " "))
}

// all are the nodes of a name, and of one of the roles, at the end of the way
// from within.
func (b *Tab) all(name string, roles ...string) ([]*node, error) {
	root, err := b.tree()
	if err != nil {
		return nil, err
	}
	ends := []*node{root}
	for _, s := range b.within {
		ends = under(ends, s)
	}
	var found []*node
	for _, role := range roles {
		found = append(found, under(ends, step{role, name})...)
	}
	return found, nil
}

// under are the nodes that fit a step, from any of several on.
func under(nodes []*node, s step) []*node {
	var found []*node
	for _, n := range nodes {
		found = append(found, n.find(s)...)
	}
	return found
}

// one waits until exactly one enabled control fits one of the roles.
func (b *Tab) one(name string, roles ...string) *node {
	b.t.Helper()
	var control *node
	var seen string
	b.wait(func() string { return fmt.Sprintf("%s “%s” (%s)", strings.Join(roles, " or "), name, seen) }, func() bool {
		found, err := b.all(name, roles...)
		if err != nil {
			seen = err.Error()
			return false
		}
		if len(found) != 1 {
			seen = fmt.Sprintf("%d of them", len(found))
			return false
		}
		control = found[0]
		if control.is["disabled"] == "true" {
			seen = "disabled"
			return false
		}
		return true
	})
	return control
}

// wait asks again and again until condition holds.
func (b *Tab) wait(what func() string, condition func() bool) {
	b.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !condition() {
		select {
		case <-deadline.C:
			b.t.Fatalf("waited in vain for %s", what())
		case <-b.ctx.Done():
			b.t.Fatalf("the browser went away while waiting for %s", what())
		case <-again.C:
		}
	}
}
