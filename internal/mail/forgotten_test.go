package mail_test

import (
	"encoding/hex"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"habilis/internal/mail"
	"habilis/internal/secret/token"
)

var linked = regexp.MustCompile(`https://habilis\.exemple\.ca/link/([\w-]{43})\s`)

// forgotten queues that someone forgot their password.
func (o *office) forgotten(account uuid.UUID, to mail.Address) {
	o.t.Helper()
	err := pgx.BeginFunc(o.t.Context(), o.door.Identity(), func(tx pgx.Tx) error {
		return o.post.SendForgotten(o.t.Context(), tx, account, to)
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func TestAResetGoesToAnAddressThatWasConfirmedAndToABackupAfterADay(t *testing.T) {
	const (
		settled = `password_hash = 'x', password_set_at = $2, email_verified_at = $2`
		named   = `, backup_email = 'secours@exemple.ca', backup_email_key = 'secours@exemple.ca', backup_email_set_at = $2::timestamptz - interval '48 hours', last_sign_in_at = $2, backup_email_verified_at = `
	)
	for name, c := range map[string]struct {
		set  string
		to   mail.Address
		want string // what the address begins with; "" for no letter
	}{
		"confirmed":                                  {settled, mail.ToMain, "thi."},
		"not confirmed":                              {`password_hash = 'x', password_set_at = $2`, mail.ToMain, ""},
		"one that someone else gave today":           {settled + `, email_named_at = $2::timestamptz - interval '23 hours'`, mail.ToMain, ""},
		"one that someone else gave yesterday":       {settled + `, email_named_at = $2::timestamptz - interval '24 hours'`, mail.ToMain, "thi."},
		"no backup":                                  {settled, mail.ToBackup, ""},
		"a backup confirmed yesterday":               {settled + named + `$2::timestamptz - interval '24 hours'`, mail.ToBackup, "secours@"},
		"a backup named before, and confirmed today": {settled + named + `$2::timestamptz - interval '23 hours'`, mail.ToBackup, ""},
		"never activated":                            {`locale = locale, created_at = $2`, mail.ToMain, "thi."},
		"a backup that nobody confirmed, of who never activated": {
			`created_at = $2, backup_email = 'secours@exemple.ca', backup_email_key = 'secours@exemple.ca', backup_email_set_at = $2::timestamptz - interval '48 hours'`, mail.ToBackup, ""},
		"a confirmed one":         {`created_at = $2` + strings.Replace(named, "last_sign_in_at = $2", "last_sign_in_at = null", 1) + `$2`, mail.ToBackup, "secours@"},
		"an address not yet ours": {settled + `, pending_email = 'p@exemple.ca', pending_email_key = 'p@exemple.ca', pending_email_at = $2`, mail.ToPending, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o, s := newOffice(t, "Lieu"), startServer(t, nil)
			p := o.person("thi@exemple.ca")
			o.exec(`update identity.account set `+c.set+` where id = $1`, p.account, o.clock.Now())
			next := o.work(s.here(t))
			o.forgotten(p.account, c.to)
			o.forgotten(uuid.Nil, c.to)
			next()
			next()
			if c.want != "" {
				next()
			}
			taken := s.messages()
			if len(taken) > 1 || (len(taken) == 1) != (c.want != "") || len(taken) == 1 && !strings.HasPrefix(taken[0].To, c.want) {
				t.Errorf("got %+v", taken)
			}
		})
	}
}

func TestALinkThatIsSentAgainReplacesTheOneBefore(t *testing.T) {
	o := newOffice(t, "Lieu")
	var links []string
	s := startServer(t, func(s *server) {
		s.onData = func(n int, data []byte, _ net.Conn) error {
			if n > 2 {
				return nil // the temporary password
			}
			found := linked.FindStringSubmatch(open(t, data).text)
			if found == nil {
				t.Errorf("no link in:\n%s", data)
				return nil
			}
			if links = append(links, found[1]); n == 1 {
				return &smtp.SMTPError{Code: 450, Message: "later"}
			}
			return nil
		}
	})
	p := o.person("thi@exemple.ca")
	next := o.work(s.here(t))
	letter := temporary(p)
	letter.Template = mail.Activation
	id := o.send(letter)
	next()
	next()
	if f := o.fate(id); f.State != mail.Sent || len(links) != 2 || links[0] == links[1] {
		t.Fatalf("fate %+v, links %v", f, links)
	}
	var live []string
	o.ask(&live, `
select array_agg(encode(hash, 'hex')) from identity.token
 where account_id = $1 and purpose = 'activation' and tenant_id = $2 and mail_id = $3 and mailbox = $4 and voided_at is null`, p.account, o.tenant, id, p.email)
	if hash := token.HashOf(links[1]); !slices.Equal(live, []string{hex.EncodeToString(hash[:])}) {
		t.Errorf("live: %v", live)
	}
	// What lets in for the first time is one at a time, whatever it is.
	o.clock.forward(time.Minute)
	o.send(temporary(p))
	next()
	var n int
	o.ask(&n, `select count(*) from identity.token where account_id = $1 and voided_at is null and purpose = 'temporary_password'`, p.account)
	var activations int
	o.ask(&activations, `select count(*) from identity.token where account_id = $1 and voided_at is null and purpose = 'activation'`, p.account)
	if n != 1 || activations != 0 {
		t.Errorf("%d temporary passwords and %d activations live", n, activations)
	}
}
