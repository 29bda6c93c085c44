package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// See waits until texts can be read on the page.
func (b *Tab) See(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.wait(func() string { return fmt.Sprintf("the text “%s”", text) }, func() bool { return b.reads(text) })
	}
}

// SeeNot waits until a text can no longer be read on the page.
func (b *Tab) SeeNot(text string) {
	b.t.Helper()
	b.wait(func() string { return fmt.Sprintf("the text “%s” to be gone", text) }, func() bool { return !b.reads(text) })
}

// Has waits until there is something of a role and name.
func (b *Tab) Has(role, name string) {
	b.t.Helper()
	b.wait(func() string { return step{role, name}.String() }, func() bool { return b.count(role, name) > 0 })
}

// HasNot waits until there is nothing of a role and name.
func (b *Tab) HasNot(role, name string) {
	b.t.Helper()
	b.wait(func() string { return step{role, name}.String() + " to be gone" }, func() bool { return b.count(role, name) == 0 })
}

func (b *Tab) count(role, name string) int {
	found, err := b.all(name, role)
	if err != nil {
		return -1
	}
	return len(found)
}

// Named are the names of all that has a role, in the order of the page.
func (b *Tab) Named(role string) []string {
	b.t.Helper()
	found, err := b.all("…", role)
	if err != nil {
		b.t.Fatal(err)
	}
	names := make([]string, len(found))
	for i, n := range found {
		names[i] = n.name
	}
	return names
}

// At waits until the page's path, with its query, begins with path.
func (b *Tab) At(path string) {
	b.t.Helper()
	b.wait(func() string { return fmt.Sprintf("the address %s (it is %s)", path, b.address()) }, func() bool {
		return b.state("document.readyState") == "complete" && strings.HasPrefix(b.Path(), path)
	})
}

// Path is the path of the page, with its query.
func (b *Tab) Path() string { return b.state("location.pathname + location.search") }

// InSight waits until something stands in the window, where nothing covers it.
func (b *Tab) InSight(role, name string) {
	b.t.Helper()
	b.act(func() error {
		_, err := b.place(b.one(name, role))
		return err
	}, "looking at "+step{role, name}.String())
}

// Value is what a field holds.
func (b *Tab) Value(name string) string {
	b.t.Helper()
	var value string
	b.act(func() error { return b.on(b.one(name, fields...), &value, `function () { return this.value }`) }, "reading “"+name+"”")
	return value
}

// Is reports a state of a control: "checked", "expanded", "disabled", "invalid".
func (b *Tab) Is(state, role, name string) bool {
	b.t.Helper()
	found, err := b.all(name, role)
	if err != nil || len(found) != 1 {
		b.t.Fatalf("%d of %s (%v)", len(found), step{role, name}, err)
	}
	value := found[0].is[state]
	return value != "" && value != "false"
}

// Focused is the role and name of what has the focus.
func (b *Tab) Focused() (role, name string) {
	b.t.Helper()
	n := b.focused()
	return n.role, n.name
}

// Row is what the cells say of the one row of a table that has a head: their
// texts, in order, without the head's.
func (b *Tab) Row(head string) []string {
	b.t.Helper()
	rows, err := b.all("…", "row")
	if err != nil {
		b.t.Fatal(err)
	}
	var cells []string
	for _, row := range rows {
		if len(row.find(step{"rowheader", head})) == 0 {
			continue
		}
		for _, cell := range row.find(step{"cell", "…"}) {
			cells = append(cells, cell.text())
		}
	}
	return cells
}

// FocusedIn is the name of the group of fields in which the focus is, if any.
func (b *Tab) FocusedIn() string {
	b.t.Helper()
	return squeeze(b.state(`document.activeElement.closest("fieldset")?.querySelector("legend")?.textContent ?? ""`))
}

func (b *Tab) focused() *node {
	result, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"})
	if err != nil || result.Result.ObjectID == "" {
		return &node{}
	}
	alone := false
	part, err := chromedp.Call(b.ctx, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: result.Result.ObjectID, FetchRelatives: &alone})
	if err != nil || len(part.Nodes) == 0 {
		return &node{}
	}
	return read(part.Nodes[0])
}

// reads reports whether a text can be read on the page, whatever its case.
func (b *Tab) reads(text string) bool {
	return strings.Contains(strings.ToLower(b.Text()), strings.ToLower(squeeze(text)))
}

// Text is all that can be read on the page.
func (b *Tab) Text() string { return squeeze(b.state("document.body.innerText")) }

func (b *Tab) address() string { return b.state("location.href") }

// state is the value of a text expression; "" while a page is on its way.
func (b *Tab) state(expression string) string {
	var text string
	_ = b.evaluate(expression, &text)
	return text
}

func (b *Tab) evaluate(expression string, result any) error {
	yes := true
	answer, err := chromedp.Call(b.ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ReturnByValue: &yes, AwaitPromise: &yes})
	if err != nil {
		return err
	}
	return decode(answer.Result, answer.ExceptionDetails, result)
}

func decode(object *runtime.RemoteObject, failed *runtime.ExceptionDetails, into any) error {
	if failed != nil {
		return errors.New(failed.Text)
	}
	if into == nil || len(object.Value) == 0 {
		return nil
	}
	return json.Unmarshal(object.Value, into)
}

func encode(arg any) ([]byte, error) { return json.Marshal(arg) }

// Picture is an element as a telephone held close would see it, as PNG.
func (b *Tab) Picture(role, name string) []byte {
	b.t.Helper()
	var box struct{ X, Y, Width, Height float64 }
	if err := b.on(b.one(name, role), &box, `function () {
	const box = this.getBoundingClientRect();
	return { X: box.x + scrollX, Y: box.y + scrollY, Width: box.width, Height: box.height };
}`); err != nil {
		b.t.Fatalf("finding “%s”: %v", name, err)
	}
	yes := true
	params := page.CaptureScreenshotParams{CaptureBeyondViewport: &yes,
		Clip: &page.Viewport{X: box.X, Y: box.Y, Width: box.Width, Height: box.Height, Scale: 4}}
	picture, err := chromedp.Call(b.ctx, page.CaptureScreenshot, params)
	if err != nil {
		b.t.Fatalf("taking a picture of “%s”: %v", name, err)
	}
	return picture.Data
}

// Screenshot keeps a picture of the page in the folder that HABILIS_PICTURES
// names, if it names one.
func (b *Tab) Screenshot(name string) {
	folder := os.Getenv("HABILIS_PICTURES")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, strings.ReplaceAll(name, "/", "-")+".png"), picture, 0o644)
	}
	if err != nil {
		b.t.Logf("taking a picture: %v", err)
	}
}

// FieldHolds waits until a field holds a text, or begins so if the text ends with …
func (b *Tab) FieldHolds(name, text string) {
	b.t.Helper()
	var held string
	b.wait(func() string { return fmt.Sprintf("“%s” in “%s”, which holds “%s”", text, name, held) }, func() bool {
		held = b.Value(name)
		start, open := strings.CutSuffix(text, "…")
		return held == text || open && strings.HasPrefix(held, start)
	})
}

// InWindow reports whether a dialog is open over the page.
func (b *Tab) InWindow() bool {
	b.t.Helper()
	return b.state(`document.querySelector("dialog[open]") ? "yes" : ""`) != ""
}

// Overflow is by how many pixels the page is wider than its window.
func (b *Tab) Overflow() (pixels int) {
	b.t.Helper()
	if err := b.evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &pixels); err != nil {
		b.t.Fatal(err)
	}
	return pixels
}
