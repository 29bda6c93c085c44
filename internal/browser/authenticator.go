package browser

import (
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// Authenticator is one in the browser, of the device itself, that keeps passkeys
// and knows its owner.
type Authenticator struct {
	tab *Tab
	id  webauthn.AuthenticatorID
}

// Authenticator gives the browser one, which says yes to all that it is asked.
func (b *Tab) Authenticator() *Authenticator {
	b.t.Helper()
	if err := call(b, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		b.t.Fatalf("an authenticator: %v", err)
	}
	made, err := chromedp.Call(b.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{
		Options: &webauthn.VirtualAuthenticatorOptions{
			Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
			HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
		},
	})
	if err != nil {
		b.t.Fatalf("an authenticator: %v", err)
	}
	return &Authenticator{b, made.AuthenticatorID}
}

// Know says whether it knows its owner from now on: a device that sees another
// face, or whose owner thinks better of it, answers nothing.
func (a *Authenticator) Know(owner bool) {
	a.tab.t.Helper()
	params := webauthn.SetUserVerifiedParams{AuthenticatorID: a.id, IsUserVerified: owner}
	if err := call(a.tab, webauthn.SetUserVerified, params); err != nil {
		a.tab.t.Fatalf("an authenticator: %v", err)
	}
}

// Unprompted makes the browser one that proposes no passkeys where the user name is
// typed, from the next page on, as those of before 2023. Others do, and an
// [Authenticator] takes the proposal at once.
func (b *Tab) Unprompted() {
	b.t.Helper()
	const script = `if (window.PublicKeyCredential) PublicKeyCredential.isConditionalMediationAvailable = async () => false`
	if _, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		b.t.Fatalf("a browser that proposes no passkeys: %v", err)
	}
}

// Passkeys is how many it keeps.
func (a *Authenticator) Passkeys() int {
	a.tab.t.Helper()
	kept, err := chromedp.Call(a.tab.ctx, webauthn.GetCredentials, webauthn.GetCredentialsParams{AuthenticatorID: a.id})
	if err != nil {
		a.tab.t.Fatalf("an authenticator: %v", err)
	}
	return len(kept.Credentials)
}
