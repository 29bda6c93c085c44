package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"habilis/internal/config"
	"habilis/internal/grid"
	"habilis/internal/journal"
	"habilis/internal/secret/argon"
	"habilis/internal/secret/password"
	"habilis/internal/tenants/kinds"
)

func TestMain(m *testing.M) {
	argon.Main()
	os.Exit(m.Run())
}

// open starts a demo in the folder, and serves it.
func open(t *testing.T, data string) (d *Demo, stop func()) {
	t.Helper()
	c, err := config.Load([]string{config.Listen + "=127.0.0.1:0", config.Data + "=" + data}, config.Demo)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	d, err = Open(t.Context(), c, &out, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- d.App.Serve(ctx) }()
	return d, func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

// folderFor is a short one that PostgreSQL's account can reach.
func folderFor(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "habilis-demo-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o711); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestTheDemoIsFilledOnceAndServes(t *testing.T) {
	data := folderFor(t)
	d, stop := open(t, data)
	first := d.People
	checkRoster(t, filepath.Join(data, "demo.json"))
	lines := checkJournal(t, d.base.OwnerURL)
	checkHistory(t, d.base.AppURL)
	checkBlocked(t, d.base.OwnerURL)
	response, err := http.Get(d.App.URL() + "/signin")
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK || !strings.Contains(string(body), "<form") {
		t.Errorf("the way in answers %d", response.StatusCode)
	}
	checkName(t, d)
	waitForMail(t, d.folder.mailbox())
	stop()

	again, stop := open(t, data)
	defer stop()
	if !slices.EqualFunc(first, again.People, func(a, b Person) bool {
		return a.Username == b.Username && a.Password == b.Password && a.TOTP == b.TOTP
	}) {
		t.Error("the second start has other people")
	}
	if got := checkJournal(t, again.base.OwnerURL); got < lines {
		t.Errorf("the journals have %d lines, and had %d", got, lines)
	}
}

// checkBlocked sees to it that whoever is shown as blocked is held up, so that who
// helps them has something to unblock.
func checkBlocked(t *testing.T, owner string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var blocked, held int
	err = conn.QueryRow(t.Context(), `
select count(*), count(*) filter (where identity.held_until(r.account_id) = p.blocked_until)
  from presence p join resource r on r.tenant_id = p.tenant_id and r.id = p.resource_id where p.blocked_until > now()`).Scan(&blocked, &held)
	if err != nil || blocked == 0 || held != blocked {
		t.Errorf("of %d people who are shown as blocked, %d are held up, %v", blocked, held, err)
	}
}

// checkName sees to it that all is at a name, which the number leads to.
func checkName(t *testing.T, d *Demo) {
	t.Helper()
	var said bytes.Buffer
	d.greet(&said)
	number, found := strings.CutPrefix(d.App.URL(), "http://localhost:")
	if !found || !strings.Contains(said.String(), "Habilis: "+d.App.URL()+" ") {
		t.Fatalf("it is at %s, and says:\n%s", d.App.URL(), said.String())
	}
	first := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := first.Get("http://127.0.0.1:" + number + "/reset/secret?a=b%20c")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if to := response.Header.Get("Location"); response.StatusCode != http.StatusTemporaryRedirect || to != d.App.URL()+"/reset/secret?a=b%20c" {
		t.Errorf("the number answers %d and leads to %s", response.StatusCode, to)
	}
}

func checkRoster(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]any
	if err := json.Unmarshal(text, &lines); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, line := range lines {
		for _, key := range []string{"place", "number", "kind", "name", "username", "email", "password", "totp_secret", "hats"} {
			if _, ok := line[key]; !ok {
				t.Errorf("%v has no %s", line["name"], key)
			}
		}
		seen[line["kind"].(string)] = true
	}
	catalogue, err := kinds.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range catalogue {
		if !seen[kind.Key] {
			t.Errorf("nobody can be signed in as in a %s", kind.Key)
		}
	}
}

// checkJournal verifies all chains and returns how many lines they have.
func checkJournal(t *testing.T, owner string) (lines int64) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	heads, err := journal.Heads(t.Context(), conn)
	if err != nil {
		t.Fatal(err)
	}
	broken, err := journal.Verify(t.Context(), conn, heads, nil)
	if err != nil || len(broken) > 0 || len(heads) != len(stages) {
		t.Errorf("%d journals, %v, %v", len(heads), broken, err)
	}
	for _, h := range heads {
		lines += h.N
	}
	return lines
}

// checkHistory sees to it that each place has a past that can be asked about:
// cells set by hand that hold and that don't, roles edited, and people who left
// and came back.
func checkHistory(t *testing.T, server string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, stage := range stages {
		var hands, edited, returned int
		if _, err := conn.Exec(t.Context(), `select set_config('habilis.tenant', identity.tenant_by_number($1)::text, false)`, stage.number); err != nil {
			t.Fatal(err)
		}
		err := conn.QueryRow(t.Context(), `
select (select count(*) from override where open),
       (select count(*) from role_cell where not open and ended_resource is not null),
       (select count(*) from resource r where restored_at is not null and (select count(*) from tenure where resource_id = r.id) = 2)`,
		).Scan(&hands, &edited, &returned)
		if err != nil || hands < 1 || edited < 1 || returned < 1 {
			t.Errorf("%s: %d cells by hand, %d of roles ended, %d people came back, %v", stage.number, hands, edited, returned, err)
		}
	}
}

// waitForMail returns when a letter of the first start has come.
func waitForMail(t *testing.T, folder string) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	never := time.After(time.Minute) // a failure, not a pause
	for {
		if found, _ := filepath.Glob(filepath.Join(folder, "*.eml")); len(found) > 0 {
			return
		}
		select {
		case <-again.C:
		case <-never:
			t.Fatal("no mail has come")
		}
	}
}

func TestADemoThatWasCutShortStartsAnew(t *testing.T) {
	data := folderFor(t)
	f, err := openFolder(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{f.mark(), filepath.Join(f.database(), "rest")} {
		if err := os.MkdirAll(filepath.Dir(path), 0o711); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.clear(); err != nil {
		t.Fatal(err)
	}
	if f.has(f.mark()) || f.has(f.database()) {
		t.Error("something is left")
	}
}

// sample is the world that the demo has at any time.
func sample(t *testing.T) *world {
	t.Helper()
	catalogue, err := kinds.Load()
	if err != nil {
		t.Fatal(err)
	}
	return build(catalogue, time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC))
}

func TestEveryPlaceHasPeopleInEveryState(t *testing.T) {
	for _, p := range sample(t).places {
		states, fates := map[string]int{}, map[string]int{}
		for _, m := range p.members {
			states[m.state]++
			if m.failures > 0 {
				states["blocked"]++
			}
		}
		for _, l := range p.letters {
			fates[l.state]++
		}
		if len(p.members) != p.people || states["pending"] < 3 || states["active"] < 3 || states["archived"] < 1 || states["blocked"] < 1 {
			t.Errorf("%s: %d people, %v", p.name, len(p.members), states)
		}
		if fates["queued"] < 1 || fates["refused"] < 1 || fates["sent"] < 1 {
			t.Errorf("%s: letters %v", p.name, fates)
		}
	}
}

func TestTheRulesOfRolesHoldInTheDemo(t *testing.T) {
	w := sample(t)
	for _, p := range w.places {
		held := map[string]int{}
		for _, m := range p.members {
			now := 0
			for _, g := range m.grants {
				if g.endedBy == nil && (g.until.IsZero() || g.until.After(w.now)) && m.state != "archived" {
					held[g.role.Key]++
					now++
				}
			}
			if m.lone && now != 1 {
				t.Errorf("%s: %s holds %d roles beside an exclusive one", p.name, m.name(), now-1)
			}
		}
		for _, r := range p.kind.Roles {
			if held[r.Key] < r.MinHolders {
				t.Errorf("%s: %d people hold %s, and %d must", p.name, held[r.Key], r.Key, r.MinHolders)
			}
		}
	}
}

func TestHandsInTheDemoKeepTheRules(t *testing.T) {
	w := sample(t)
	for _, p := range w.places {
		rows, open, ended := p.kind.Catalogue(), 0, 0
		for _, m := range p.members {
			for _, h := range m.hands {
				if err := rows.CheckOverride(h.area.Key, h.cell); err != nil {
					t.Errorf("%s: %v", p.name, err)
				}
				given := rows.Effective(nil, map[grid.Area]grid.Override{h.area.Key: h.cell})
				if reserved := rows.Reserved(p.calculus(), given); reserved != nil || m == h.by {
					t.Errorf("%s: %s may not set %v for %s", p.name, h.by.name(), reserved, m.name())
				}
				if h.since.Before(m.here()) || h.since.After(w.now) || !holds(h.since, h.until, h.since) && !h.since.Equal(h.until) {
					t.Errorf("%s: a cell of %s is set from %s until %s", p.name, m.name(), h.since, h.until)
				}
				for at, by := range map[time.Time]*member{h.since: h.by, h.until: h.endedBy} {
					if by != nil && p.gridAt(by, at)[grid.Settings].Edit != grid.All {
						t.Errorf("%s: %s sets a cell without editing the settings", p.name, by.name())
					}
				}
				if h.until.IsZero() {
					open++
				} else {
					ended++
				}
			}
		}
		if open == 0 {
			t.Errorf("%s: %d cells set by hand hold, %d did", p.name, open, ended)
		}
	}
}

func TestRolesAreGivenByWhoMayGiveThem(t *testing.T) {
	for _, p := range sample(t).places {
		for _, m := range p.members {
			for _, g := range m.grants {
				if g.by == nil || slices.ContainsFunc(g.role.GrantedBy, g.by.holds) {
					continue
				}
				t.Errorf("%s: %s gives %s", p.name, g.by.name(), g.role.Key)
			}
		}
	}
}

func TestNothingHappensBeforeItsTime(t *testing.T) {
	w := sample(t)
	for _, p := range w.places {
		for i, a := range p.acts {
			if a.at.Before(w.begin) || a.at.After(w.now) || i > 0 && a.at.Before(p.acts[i-1].at) {
				t.Errorf("%s: %s at %s", p.name, a.name, a.at)
			}
		}
		for _, m := range p.members {
			for _, g := range m.grants {
				if g.since.Before(m.since) || m.away(g.since) || !g.until.IsZero() && g.until.Before(g.since) {
					t.Errorf("%s: %s holds %s from %s until %s, and came %s", p.name, m.name(), g.role.Key, g.since, g.until, m.since)
				}
			}
			if !m.seen.IsZero() && (m.seen.Before(m.since) || m.seen.After(w.now)) {
				t.Errorf("%s: %s came %s and was seen %s", p.name, m.name(), m.since, m.seen)
			}
		}
	}
}

func TestPasswordsOfTheDemoKeepTheRules(t *testing.T) {
	w := sample(t)
	for _, p := range w.roster() {
		report := password.Check(p.Password, password.Context{Names: strings.Fields(p.Name), Email: p.Email, Username: p.Username, Places: []string{p.Place, p.Number}})
		if err := report.Err("password"); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
}
