package browser

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
)

// axeScript is axe-core; axe/SOURCES says where it comes from. It is part of tests only.
//
//go:embed axe/axe.min.js
var axeScript string

// level is what pages are held to: WCAG 2.2, levels A and AA.
const level = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]`

type violation struct {
	ID    string
	Help  string
	Nodes []string
}

// Axe fails the test for each barrier that axe-core finds on the page once it
// is all there, or in the parts of it that CSS selectors name.
func (b *Tab) Axe(parts ...string) {
	b.t.Helper()
	if !b.script {
		b.t.Fatal("axe needs JavaScript")
	}
	context, err := json.Marshal(map[string]any{"include": append(parts, "html")[:max(len(parts), 1)]})
	if err != nil {
		b.t.Fatal(err)
	}
	b.wait(func() string { return "the whole page" }, func() bool { return b.state("document.readyState") == "complete" })
	var found []violation
	b.act(func() error {
		if b.state("typeof axe") == "undefined" { // on this page: a window that opened is part of it
			if err := b.evaluate(axeScript+"; null", nil); err != nil {
				return err
			}
		}
		return b.evaluate(`axe.run(`+string(context)+`, { runOnly: { type: "tag", values: `+level+` }, resultTypes: ["violations"] })
   .then((r) => r.violations.map((v) => ({ ID: v.id, Help: v.help, Nodes: v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary) })))`, &found)
	}, "running axe")
	for _, v := range found {
		b.t.Errorf("axe, on %s: %s (%s)\n%s", b.Path(), v.Help, v.ID, indent(v.Nodes))
	}
}

func indent(lines []string) string {
	const most = 5
	if len(lines) > most {
		lines = append(lines[:most:most], fmt.Sprintf("and %d more", len(lines)-most))
	}
	return "    " + strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "\n    ")
}
