package browser

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// fields are the roles of what one types in.
var fields = []string{"textbox", "searchbox", "combobox", "spinbutton"}

// Click clicks, with the mouse, the one control of a role and name.
func (b *Tab) Click(role, name string) {
	b.t.Helper()
	b.act(func() error { return b.click(b.one(name, role)) }, "clicking "+step{role, name}.String())
}

// Fill replaces what is in a field.
func (b *Tab) Fill(name, text string) {
	b.t.Helper()
	b.act(func() error {
		if err := b.click(b.one(name, fields...)); err != nil {
			return err
		}
		return b.retype(text)
	}, "filling “"+name+"”")
}

// retype selects what the focused field holds and types over it.
func (b *Tab) retype(text string) error {
	if err := chromedp.Do(b.ctx, chromedp.KeyEvent("a", chromedp.KeyModifiers(kb.ModifierCtrl)), chromedp.KeyEvent(kb.Delete)); err != nil {
		return err
	}
	return b.insert(text)
}

// Type types where the focus is.
func (b *Tab) Type(text string) {
	b.t.Helper()
	if err := b.insert(text); err != nil {
		b.t.Fatalf("typing: %v", err)
	}
}

func (b *Tab) insert(text string) error {
	return call(b, input.InsertText, input.InsertTextParams{Text: text})
}

// Choose clicks a radio button or a box, whose label may go on after name when
// name ends with …
func (b *Tab) Choose(name string) {
	b.t.Helper()
	b.act(func() error { return b.click(b.one(name, "radio", "checkbox")) }, "choosing “"+name+"”")
}

// Select picks an option of a list.
func (b *Tab) Select(field, option string) {
	b.t.Helper()
	b.act(func() error {
		list := b.one(field, "combobox", "listbox")
		var picked bool
		err := b.on(list, &picked, `function (label) {
			const plain = (s) => s.replaceAll("\u2019", "'").split(/\s+/).join(" ").trim();
			const option = [...this.options].find((o) => plain(o.label) === label);
			if (!option) return false;
			this.focus();
			this.value = option.value;
			this.dispatchEvent(new Event("input", { bubbles: true }));
			this.dispatchEvent(new Event("change", { bubbles: true }));
			return true;
		}`, squeeze(option))
		if err == nil && !picked {
			err = errors.New("there is no such option")
		}
		return err
	}, fmt.Sprintf("selecting “%s” of “%s”", option, field))
}

// Press presses keys one after the other: Tab, Shift+Tab, Enter, Space, Escape,
// ArrowUp, ArrowDown, or a character.
func (b *Tab) Press(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		var held []chromedp.KeyOption
		for {
			modifier, rest, found := strings.Cut(key, "+")
			if !found || rest == "" {
				break
			}
			held = append(held, chromedp.KeyModifiers(modifiers[modifier]))
			key = rest
		}
		if named, ok := keyNames[key]; ok {
			key = named
		}
		if err := chromedp.Do(b.ctx, chromedp.KeyEvent(key, held...)); err != nil {
			b.t.Fatalf("pressing %q: %v", key, err)
		}
	}
}

var modifiers = map[string]kb.Modifier{"Shift": kb.ModifierShift, "Ctrl": kb.ModifierCtrl, "Alt": kb.ModifierAlt}

var keyNames = map[string]string{
	"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight, "Home": kb.Home, "End": kb.End,
}

// Reach presses Tab until the focus is on the control of a role and name, as
// one without a mouse does, and gives up after going round the page.
func (b *Tab) Reach(role, name string) {
	b.t.Helper()
	const most = 250
	b.one(name, role) // is there, or comes
	for range most {
		if focused := b.focused(); focused.matches(step{role, name}) {
			return
		}
		b.Press("Tab")
	}
	b.t.Fatalf("%s can't be reached with Tab", step{role, name})
}

// ReachField is Reach for a field, whatever its exact role.
func (b *Tab) ReachField(name string) {
	b.t.Helper()
	b.Reach(b.one(name, fields...).role, name)
}

// act tries again when the page changed between finding a control and using it.
func (b *Tab) act(do func() error, what string) {
	b.t.Helper()
	var last error
	b.wait(func() string { return fmt.Sprintf("%s: %v", what, last) }, func() bool {
		last = do()
		return last == nil
	})
}

// click moves the mouse to the middle of a control and presses its left button.
func (b *Tab) click(n *node) error {
	if err := call(b, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n.id}); err != nil {
		return err
	}
	at, err := b.place(n)
	if err != nil {
		return err
	}
	if err := chromedp.Do(b.ctx, chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X, at.Y)); err != nil {
		return err
	}
	if still, err := b.place(n); err != nil || still != at {
		return fmt.Errorf("it moves (%v)", err)
	}
	return chromedp.Do(b.ctx, chromedp.MouseClickXY(at.X, at.Y))
}

// spot is where the middle of something is, in pixels of the window.
type spot struct {
	X, Y    float64
	Covered string
}

func (b *Tab) place(n *node) (at spot, err error) {
	if err = b.on(n, &at, where); err == nil && at.Covered != "" {
		err = fmt.Errorf("it is covered by %s", at.Covered)
	}
	return at, err
}

// where tells the middle of an element, or of its label when the element is a
// box that its label stands for, and what lies over it. While htmx waits for an
// answer, what it brings may still move everything.
const where = `function () {
	if (document.querySelector(".htmx-request")) return { X: 0, Y: 0, Covered: "a request under way" };
	let target = this.nodeType === Node.ELEMENT_NODE ? this : this.parentElement;
	if (target.matches("input[type=radio], input[type=checkbox]") && target.labels.length) {
		target = target.labels[0];
		target.scrollIntoView({ block: "nearest" }); // what is in sight may be the box alone
	}
	const box = [...target.getClientRects()].find((r) => r.width && r.height) || target.getBoundingClientRect();
	const x = box.x + box.width / 2, y = box.y + box.height / 2;
	const hit = document.elementFromPoint(x, y);
	const ours = hit && (target.contains(hit) || hit.contains(target));
	return { X: x, Y: y, Covered: ours ? "" : hit ? hit.outerHTML.slice(0, 80) : "nothing: it is not in the window" };
}`

// on calls a function with an element as this, and reads what it returns.
func (b *Tab) on(n *node, result any, function string, args ...any) error {
	object, err := chromedp.Call(b.ctx, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: n.id})
	if err != nil {
		return err
	}
	return b.apply(object.Object.ObjectID, result, function, args...)
}

func (b *Tab) apply(id runtime.RemoteObjectID, result any, function string, args ...any) error {
	byValue := true
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: id, ReturnByValue: &byValue}
	for _, arg := range args {
		encoded, err := encode(arg)
		if err != nil {
			return err
		}
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: encoded})
	}
	answer, err := chromedp.Call(b.ctx, runtime.CallFunctionOn, params)
	if err != nil {
		return err
	}
	return decode(answer.Result, answer.ExceptionDetails, result)
}
