package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestARequestUnderWayDoesNotBringASessionBack(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	v := server.signedIn(t, p.Pilot)
	stolen := v.session()
	slow, err := net.Dial("tcp", strings.TrimPrefix(server.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	const body = "locale=fr-CA&next=/"
	send := func(text string) {
		t.Helper()
		if _, err := slow.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	send(fmt.Sprintf("POST /language HTTP/1.1\r\nHost: x\r\nCookie: __Host-habilis=%s\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n",
		stolen, len(body)))
	answers := bufio.NewReader(slow)
	next := func() string {
		t.Helper()
		for {
			line, err := answers.ReadString('\n')
			if err != nil || strings.HasPrefix(line, "HTTP/1.1 ") {
				return line
			}
		}
	}
	if line := next(); !strings.Contains(line, "100") { // the form is asked for once the session was read
		t.Fatalf("answered %q", line)
	}
	v.post("/signout", url.Values{}).want(http.StatusSeeOther)
	send(body)
	next()
	thief := server.visitor(t)
	thief.jar.kept["__Host-habilis"] = stolen
	if a := thief.get("/p/" + p.Number + "/"); a.status == http.StatusOK {
		t.Error("the session answers after sign-out")
	}
}

func TestSomeoneElseInTheSameBrowserArrivesAnew(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	other := someone(t, p, "coordination")
	v := server.signedIn(t, p.Pilot)
	v.post("/language", url.Values{"locale": {"en-CA"}})
	v.post("/signin", url.Values{"login": {other.Username}, "password": {secret}}).want(http.StatusSeeOther)
	if a := v.get("/p/" + p.Number + "/").want(http.StatusOK); !strings.Contains(a.body, `lang="en-CA"`) {
		t.Error("the language chosen in this browser is forgotten")
	}
	arrived := query[int](t, `select count(*) from journal where tenant_id = $1 and act = 'signin.arrive' and actor = $2`, p.ID, other.Account)
	if arrived != 1 {
		t.Errorf("the journal has %d arrivals of the second person", arrived)
	}
}

func TestAnotherHatDoesNotMakeASessionLiveLonger(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1", "booking")
	v := server.signedIn(t, who)
	end := func() time.Time {
		return query[time.Time](t, `select max(expires_at) from identity.session where account_id = $1`, who.Account)
	}
	before := end()
	v.post("/p/"+p.Number+"/hat", url.Values{"role": {p.Role(t, "booking").String()}}).want(http.StatusSeeOther)
	if after := end(); !after.Equal(before) {
		t.Errorf("it lived until %v, and now until %v", before, after)
	}
}

func TestAJournalIsReadFromAnyNumberOn(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	pilot := server.signedIn(t, p.Pilot)
	for _, from := range []string{"2147483648", "99999999999999999999", "-1", "x"} {
		pilot.get("/p/" + p.Number + "/journal?before=" + from).want(http.StatusOK)
	}
}

func TestAFormCutShortIsNoFailureOfOurs(t *testing.T) {
	t.Parallel()
	server := start(t)
	cut, err := net.Dial("tcp", strings.TrimPrefix(server.address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(cut, "POST /signin HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nlogin=")
	cut.Close()
	eventually(t, "the server saw the form", func() bool { return strings.Contains(server.log.String(), "route=/signin") })
	if text := server.log.String(); !strings.Contains(text, "route=/signin") || strings.Contains(text, "level=ERROR") {
		t.Errorf("the log says:\n%s", text)
	}
}

// A manager who turns the same act on and off is no way to flood someone's mailbox.
func TestNobodyIsWrittenToWithoutEnd(t *testing.T) {
	t.Parallel()
	server := start(t)
	p := ourPlace(t)
	who := someone(t, p, "consultation_1")
	pilot := server.signedIn(t, p.Pilot)
	sheet := "/p/" + p.Number + "/people/" + who.Resource.String()
	refused := 0
	for range 8 {
		pilot.get(sheet + "/archive").form("/archive").send().want(http.StatusSeeOther)
		version := query[int](t, `select version from resource where id = $1`, who.Resource)
		if a := pilot.post(sheet+"/restore", url.Values{"version": {fmt.Sprint(version)}}); a.status == http.StatusTooManyRequests {
			refused++
			break
		}
	}
	if refused == 0 {
		t.Error("someone was archived and brought back eight times, and told each time")
	}
	if letters := query[int](t, `select count(*) from mail where resource_id = $1`, who.Resource); letters > 13 {
		t.Errorf("%d letters", letters)
	}
}
