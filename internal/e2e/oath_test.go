package e2e_test

import (
	"bytes"
	"image/png"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"habilis/internal/browser"
)

// oath is the code of a key as another program computes it (RFC 6238).
func oath(t testing.TB, now time.Time, key string) string {
	t.Helper()
	out, err := exec.Command("oathtool", "--totp", "--base32", "--now", now.UTC().Format("2006-01-02 15:04:05 UTC"), key).Output()
	if err != nil {
		t.Fatal("oathtool (Debian's package of that name): ", err)
	}
	return strings.TrimSpace(string(out))
}

// scan reads the QR code in a picture of a page.
func scan(t testing.TB, page []byte) *url.URL {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		t.Fatal("no QR code can be read on the page: ", err)
	}
	uri, err := url.Parse(found.GetText())
	if err != nil {
		t.Fatal(err)
	}
	return uri
}

func TestAnAppThatScansThePageComputesTheCodesThatOpenIt(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	demandFactor(t, p)
	who := someone(t, p, "consultation_1")
	b := browser.New(t, server.URL())
	b.Open("/signin")
	b.Fill("Nom d'utilisateur ou courriel", who.Username)
	b.Fill("Mot de passe", secret)
	b.Click("button", "Se connecter")
	b.See("Protégez votre compte")
	uri := scan(t, b.Picture("image", "Code QR à balayer avec une application d'authentification"))
	if uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Query().Get("issuer") != "Habilis" || !strings.Contains(uri.Path, who.Username) {
		t.Fatalf("an app would read %s", uri.Redacted())
	}
	key := uri.Query().Get("secret")
	b.Fill("Code", oath(t, server.clock.Now(), key))
	b.Click("button", "Vérifier et continuer")
	b.See("Vos codes de secours")
	b.Click("link", "J'ai gardé mes codes, continuer")
	b.At("/p/" + p.Number + "/")

	server.clock.Advance(time.Minute)
	other := browser.New(t, server.URL())
	other.Open("/signin")
	other.Fill("Nom d'utilisateur ou courriel", who.Username)
	other.Fill("Mot de passe", secret)
	other.Click("button", "Se connecter")
	other.See("Second facteur", "Autres façons", "Code de secours")
	other.Fill("Code", oath(t, server.clock.Now(), key))
	other.Press("Enter")
	other.At("/p/" + p.Number + "/")
}

func TestF1AStepOfTheAppIsOfUseOnce(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	demandFactor(t, p)
	who := someone(t, p, "consultation_1")
	v := server.signedIn(t, who)
	after, key, codes := enrol(t, v.get("/signin/enrol"))
	after.want(303)
	server.clock.Advance(2 * time.Minute)
	code := oath(t, server.clock.Now(), key)
	show := func(method, code string) int {
		v := server.visitor(t)
		v.enter(who.Username, secret).want(303)
		return v.post("/signin/factor", url.Values{"method": {method}, "code": {code}}).status
	}
	if first, second := show("totp", code), show("totp", code); first != 303 || second != 422 {
		t.Errorf("a code answers %d, then %d", first, second)
	}
	if late := show("totp", oath(t, server.clock.Now().Add(-2*time.Minute), key)); late != 422 {
		t.Errorf("a code of two minutes ago answers %d", late)
	}
	if first, second := show("recovery", codes[0]), show("recovery", codes[0]); first != 303 || second != 422 {
		t.Errorf("F7: a recovery code answers %d, then %d", first, second)
	}
	stored := query[int](t, `select count(*) from identity.factor f, identity.recovery_code c
 where f.account_id = $1 and c.account_id = f.account_id and (position($2::bytea in f.sealed) > 0 or position($3::bytea in c.hash) > 0)`,
		who.Account, []byte(key), []byte(codes[1]))
	if stored != 0 {
		t.Error("F10: a secret stands in the database as it is")
	}
}
