// Package browser drives Chromium in tests the way a person does: it finds
// controls by their role and accessible name, clicks and types, and waits for
// what can be seen.
//
//	func TestMain(m *testing.M) { pgtest.Main(browser.Beside(m)) }
//
//	b := browser.New(t, "http://127.0.0.1:8080")
//	b.Open("/signin")
//	b.Fill("Mot de passe", "…")
//	b.Click("button", "Se connecter")
//	b.See("Bonjour")
//	b.Axe()
//
// There is one Chromium for each test package and one context, with cookies of
// its own, for each test. A test also fails when a page writes an error to the
// console, breaks its content security policy or asks anything of another site.
package browser

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"

	"github.com/chromedp/chromedp"
)

// chromium is the browser of this process, started by the first test that asks.
var chromium struct {
	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

// programs are Debian's packages of Chromium, whose programs are called the
// same: the first, without windows to draw, takes half the time.
var programs = []string{"chromium-headless-shell", "chromium"}

var errMissing = errors.New("no Chromium was found: install Debian's package chromium-headless-shell (apt-get install chromium-headless-shell)")

func start() (context.Context, error) {
	chromium.once.Do(func() { chromium.ctx, chromium.cancel, chromium.err = launch() })
	return chromium.ctx, chromium.err
}

func launch() (context.Context, context.CancelFunc, error) {
	path, err := program()
	if err != nil {
		return nil, nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-dev-shm-usage", false),
		chromedp.DisableGPU,
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's refuses to run as root
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, nil, err
	}
	return ctx, func() { cancel(); stop() }, nil
}

func program() (string, error) {
	for _, program := range programs {
		if path, err := exec.LookPath(program); err == nil {
			return path, nil
		}
	}
	return "", errMissing
}

// Runner runs the tests of a package; *testing.M is one.
type Runner interface{ Run() int }

type beside struct{ tests Runner }

// Beside stops Chromium, if a test started it, once the tests of a package ran.
func Beside(tests Runner) Runner { return beside{tests} }

func (b beside) Run() int {
	defer func() {
		if chromium.cancel != nil {
			chromium.cancel()
		}
	}()
	return b.tests.Run()
}
