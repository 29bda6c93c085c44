package postgres

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// provisionSQL is the file that the README shows to the owner of a real
// PostgreSQL; the private cluster runs the same text.
//
//go:embed provision.sql
var provisionSQL string

// provision makes the roles, the database and its rights, and sets the
// passwords. It changes nothing that is right already.
func (c *Cluster) provision(ctx context.Context) error {
	roles, rights, found := strings.Cut(provisionSQL, "\\connect "+database+"\n")
	if !found {
		return fmt.Errorf(`provision.sql has no line \connect %s`, database)
	}
	err := c.asSuper(ctx, superuser, func(conn *pgx.Conn) error {
		if err := c.provisionRoles(ctx, conn, roles); err != nil {
			return err
		}
		return c.setPasswords(ctx, conn)
	})
	if err != nil {
		return fmt.Errorf("provisioning the roles and the database: %w", err)
	}
	err = c.asSuper(ctx, database, func(conn *pgx.Conn) error { return execScript(ctx, conn, rights) })
	if err != nil {
		return fmt.Errorf("provisioning the database's rights: %w", err)
	}
	return nil
}

// provisionRoles runs the first part of the script. Its last statement is
// one for psql's \gexec: each row that it returns is itself a statement.
func (c *Cluster) provisionRoles(ctx context.Context, conn *pgx.Conn, script string) error {
	script, _, found := strings.Cut(script, `\gexec`)
	last := strings.LastIndex(script, ";\n")
	if !found || last < 0 {
		return fmt.Errorf(`provision.sql has no statement for \gexec`)
	}
	if err := execScript(ctx, conn, script[:last+1]); err != nil {
		return err
	}
	rows, err := conn.Query(ctx, script[last+1:])
	if err != nil {
		return err
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, statement := range statements {
		if err := execScript(ctx, conn, statement); err != nil {
			return err
		}
	}
	return nil
}

// setPasswords gives the roles that log in the passwords of the secrets.
func (c *Cluster) setPasswords(ctx context.Context, conn *pgx.Conn) error {
	for role, password := range map[string]string{"habilis_owner": c.secrets.Owner, "habilis_app": c.secrets.App} {
		statement := fmt.Sprintf("alter role %s password '%s'", role, strings.ReplaceAll(password, "'", "''"))
		if err := execScript(ctx, conn, statement); err != nil {
			return err
		}
	}
	return nil
}

// asSuper runs work on a connection of the superuser.
func (c *Cluster) asSuper(ctx context.Context, name string, work func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, c.SuperURL(name))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return work(conn)
}

// execScript runs statements without parameters, many in one text.
func execScript(ctx context.Context, conn *pgx.Conn, script string) error {
	_, err := conn.PgConn().Exec(ctx, script).ReadAll()
	return err
}
