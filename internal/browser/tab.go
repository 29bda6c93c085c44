package browser

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long something that a test waits for may take, on a loaded machine.
const patience = 15 * time.Second

// Tab is a page in front of someone.
type Tab struct {
	t      testing.TB
	ctx    context.Context
	base   *url.URL
	script bool
	within []step // narrows where controls are looked for

	mu     *sync.Mutex
	faults *[]string // what the page did that no page may
}

type options struct {
	width, height int64
	language      string
	scheme        string
	script        bool
}

// Option changes how a page is looked at.
type Option func(*options)

// Phone looks at it on a phone, 390 pixels wide.
func Phone(o *options) { o.width, o.height = 390, 844 }

// Dark asks for dark colours.
func Dark(o *options) { o.scheme = "dark" }

// NoScript turns JavaScript off.
func NoScript(o *options) { o.script = false }

// In reads the pages in a language: "en-CA". Without it: fr-CA.
func In(language string) Option { return func(o *options) { o.language = language } }

// New opens a tab, without cookies, on the site at base.
func New(t testing.TB, base string, opts ...Option) *Tab {
	t.Helper()
	o := options{1440, 900, "fr-CA", "light", true}
	for _, option := range opts {
		option(&o)
	}
	browser, err := start()
	if err != nil {
		t.Fatal("starting a browser: ", err)
	}
	site, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	b := &Tab{t: t, ctx: ctx, base: site, script: o.script, mu: new(sync.Mutex), faults: new([]string)}
	t.Cleanup(func() { b.finish(cancel) })
	if err := b.prepare(o); err != nil {
		t.Fatal("opening a tab: ", err)
	}
	return b
}

// prepare makes the tab look as asked, before it shows anything.
func (b *Tab) prepare(o options) error {
	if err := chromedp.Listen(b.ctx, b.watch); err != nil {
		return err
	}
	version, err := chromedp.CallBrowser(b.ctx, cdpbrowser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	agent := emulation.SetUserAgentOverrideParams{UserAgent: version.UserAgent, AcceptLanguage: o.language}
	if err := call(b, emulation.SetUserAgentOverride, agent); err != nil {
		return err
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: o.scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}}
	if err := call(b, emulation.SetEmulatedMedia, media); err != nil {
		return err
	}
	if !o.script {
		if err := call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
			return err
		}
	}
	return chromedp.Do(b.ctx, chromedp.EmulateViewport(o.width, o.height))
}

// call runs a command of which only the error matters.
func call[P, R any](b *Tab, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(b.ctx, command, params)
	return err
}

// watch notes what no page may do.
func (b *Tab) watch(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.note("a script failed: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if said := words(e.Args); e.Type == "error" && !abandoned(said) {
			b.note("the console says: %s", said)
		}
	case *log.EventEntryAdded:
		// A form that is refused answers 4xx, which Chromium logs as an error.
		refused := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "status of 4")
		if e.Entry.Level == log.EntryLevelError && !refused {
			b.note("the browser says: %s (%s)", e.Entry.Text, e.Entry.URL)
		}
	case *network.EventRequestWillBeSent:
		target, err := url.Parse(e.Request.URL)
		if err != nil || target.Host != b.base.Host && target.Scheme != "data" && target.Scheme != "blob" {
			b.note("something was asked of another site: %s", e.Request.URL)
		}
	}
}

// abandoned reports what htmx says of a request that a newer one replaces, as
// asked of it.
func abandoned(said string) bool {
	return strings.HasPrefix(said, "htmx:sendAbort") || strings.HasPrefix(said, "htmx:afterRequest")
}

func words(args []*runtime.RemoteObject) string {
	said := make([]string, len(args))
	for i, a := range args {
		said[i] = a.Description + strings.Trim(string(a.Value), `"`)
	}
	return strings.Join(said, " ")
}

func (b *Tab) note(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*b.faults = append(*b.faults, fmt.Sprintf(format, args...))
}

// finish closes the tab and its context, and fails the test for what was noted.
func (b *Tab) finish(cancel context.CancelFunc) {
	if b.t.Failed() {
		text := []rune(squeeze(b.state(`(document.querySelector("dialog[open]") || document.body).innerText`)))
		b.t.Logf("the page was %s: %s", b.address(), string(text[:min(len(text), 800)]))
		b.Screenshot("failed-" + b.t.Name())
	}
	cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, fault := range *b.faults {
		b.t.Error(fault)
	}
}

// Open goes to a path of the site.
func (b *Tab) Open(path string) {
	b.t.Helper()
	if err := b.navigate(chromedp.Navigate(b.base.JoinPath("/").String() + strings.TrimPrefix(path, "/"))); err != nil {
		b.t.Fatalf("opening %s: %v", path, err)
	}
}

// Back goes to the page before.
func (b *Tab) Back() {
	b.t.Helper()
	if err := b.navigate(chromedp.NavigateBack()); err != nil {
		b.t.Fatalf("going back: %v", err)
	}
}

// Reload loads the page again.
func (b *Tab) Reload() {
	b.t.Helper()
	if err := b.navigate(chromedp.Reload()); err != nil {
		b.t.Fatalf("loading again: %v", err)
	}
}

func (b *Tab) navigate(step chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, step)
}
