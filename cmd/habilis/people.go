package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"habilis/internal/access"
	"habilis/internal/app"
	"habilis/internal/config"
	"habilis/internal/console"
	"habilis/internal/mail"
	"habilis/internal/postgres"
	"habilis/internal/roles"
	"habilis/internal/secret/totp"
	"habilis/internal/tenants"
	"habilis/internal/tenants/kinds"
)

// desk is what commands about places and people work at.
type desk struct {
	config  *config.Config
	tenants *tenants.Service
	console *console.Service
	base    *app.Database
	pool    *pgxpool.Pool
}

// atDesk opens the database for one command, beside a server that may be
// running, and closes it. It works as the server's role, or as the owner's in a
// command that can't do without.
func (t terminal) atDesk(use config.Use, work func(context.Context, *desk) error) error {
	c, err := config.Load(t.environment, use)
	if err != nil {
		return err
	}
	d := &desk{config: c}
	err = d.open(t.ctx, use&config.Migrating != 0)
	if err == nil {
		err = work(t.ctx, d)
	}
	return errors.Join(err, d.close())
}

func (d *desk) open(ctx context.Context, asOwner bool) (err error) {
	if d.base, err = app.JoinDatabase(ctx, d.config); err != nil {
		return err
	}
	url := d.base.AppURL
	if asOwner {
		url = d.base.OwnerURL
	}
	if d.pool, err = postgres.OpenPool(ctx, url, postgres.PoolOptions{Name: "habilis console", MaxConns: 2}); err != nil {
		return err
	}
	if err := postgres.CheckSchema(ctx, d.pool); err != nil {
		return err
	}
	catalogue, err := kinds.Load()
	if err != nil {
		return err
	}
	post, err := mail.NewPost()
	if err != nil {
		return err
	}
	door := access.NewDoor(d.pool, nil, time.Now)
	d.tenants = tenants.New(door, catalogue)
	d.console = console.New(door, roles.New(door, post, catalogue), post, time.Now)
	return nil
}

func (d *desk) close() error {
	if d.pool != nil {
		d.pool.Close()
	}
	if d.base != nil {
		return d.base.Close()
	}
	return nil
}

type createTenant struct {
	Kind     string `required:"" help:"planner, directory, clinic, childcare or alerting."`
	Number   string `required:"" help:"Public number, for ever: letters, digits and dashes."`
	Name     string `required:"" help:"What its people call it."`
	Locale   string `help:"fr-CA, fr-FR or en-CA; the kind's when left out."`
	TimeZone string `help:"IANA name, such as America/Toronto; the kind's when left out."`
	Support  string `help:"Where its people find support: an https address or an e-mail; the site's own when left out."`
}

func (c createTenant) Run(t terminal) error {
	return t.atDesk(config.Console, func(ctx context.Context, d *desk) error {
		_, err := d.tenants.Create(ctx, tenants.NewTenant{
			Number: c.Number, Kind: c.Kind, Name: c.Name, Locale: c.Locale, TimeZone: c.TimeZone, Support: c.Support})
		if err != nil {
			return err
		}
		fmt.Fprintf(t.stdout, "ok: %s (%s, %s); now bring in who answers for it: habilis person create --number %s --role …\n",
			c.Name, c.Number, c.Kind, c.Number)
		return nil
	})
}

// newcomer is the part of the command line that is about a person.
type newcomer struct {
	Email    string `required:"" help:"Their own address."`
	Given    string `required:"" help:"First name."`
	Family   string `required:"" help:"Last name."`
	Username string `help:"Proposed from the names when left out."`
}

func (n newcomer) console() console.Newcomer {
	return console.Newcomer{Email: n.Email, Given: n.Given, Family: n.Family, Username: n.Username}
}

type createPerson struct {
	newcomer
	Number string `required:"" help:"The place's number."`
	Role   string `required:"" help:"The role's key in its kind, such as pilot, director, administrator, administration or mission_lead."`
}

func (c createPerson) Run(t terminal) error {
	return t.atDesk(config.Console, func(ctx context.Context, d *desk) error {
		place, err := d.tenants.ByNumber(ctx, c.Number)
		if err != nil {
			return err
		}
		made, err := d.console.CreatePerson(ctx, place.ID, c.console(), c.Role)
		if err != nil {
			return err
		}
		if made.Joined {
			fmt.Fprintf(t.stdout, "ok: %s has an account already (%s) and belongs to %s too\n", c.Email, made.Username, c.Number)
			return nil
		}
		fmt.Fprintf(t.stdout, "ok: %s belongs to %s; a temporary password goes to %s when the server runs\n", made.Username, c.Number, c.Email)
		return nil
	})
}

type createSupport struct{ newcomer }

// Run works as the owner: the server's role may not make operators.
func (c createSupport) Run(t terminal) error {
	return t.atDesk(config.Migrating|config.Sealing, func(ctx context.Context, d *desk) error {
		operator, err := d.console.CreateOperator(ctx, c.console(), d.config.Keys)
		if err != nil {
			return err
		}
		return t.showOperator(operator)
	})
}

// showOperator prints what is shown once. Whoever reads it acts as support:
// it is for the operator's own eyes.
func (t terminal) showOperator(o *console.Operator) error {
	fmt.Fprintf(t.stdout, "User name:           %s\n", o.Username)
	fmt.Fprintf(t.stdout, "Temporary password:  %s  (once, until %s)\n", o.Temporary, o.Expires.UTC().Format("2006-01-02 15:04 MST"))
	fmt.Fprintf(t.stdout, "Authenticator app:   %s\n\n", o.Secret.Grouped())
	if err := totp.QRTerminal(o.Secret.URI, t.stdout); err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "\nRecovery codes, once each, should the app be lost:\n  %s\n", strings.Join(o.Codes, "\n  "))
	fmt.Fprintln(t.stdout, "\nNone of this is shown again. Sign in: temporary password, code of the app, a password of your own.")
	return nil
}
