// Command habilis is the access desk of establishments: the server, its
// database's migrations, the demo, and what an operator does at a terminal.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"habilis/internal/config"
	"habilis/internal/console"
	"habilis/internal/fault"
	"habilis/internal/secret/argon"
)

func main() {
	argon.Main() // this may be the process beside a server
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "habilis:", explain(err))
	}
	os.Exit(status(err))
}

// terminal is what a command works with.
type terminal struct {
	ctx            context.Context
	environment    []string
	stdout, stderr io.Writer
}

// commands is the whole command line. Nothing secret is ever written on it.
type commands struct {
	Serve   serve   `cmd:"" help:"Answer people. The environment says how; the README lists the variables."`
	Migrate migrate `cmd:"" help:"Bring the database to what this program needs; the previous release may go on serving."`
	Demo    play    `cmd:"" help:"Start a portal with a database of its own and five example places, for this machine alone."`

	Tenant struct {
		Create createTenant `cmd:"" help:"Make a place of a kind."`
	} `cmd:"" help:"Places."`
	Support struct {
		Create createSupport `cmd:"" help:"Make an operator of technical support, with a second factor."`
	} `cmd:"" help:"Technical support."`
	Person struct {
		Create createPerson `cmd:"" help:"Bring someone into a place with a role, such as its first pilot. They are told by mail."`
	} `cmd:"" help:"People."`
	Journal struct {
		Verify verifyJournal `cmd:"" help:"Check the chain of every place's journal; name the first line that does not hold."`
	} `cmd:"" help:"The record of who did what."`
	Keys struct {
		Generate generateKey `cmd:"" aliases:"new" help:"Print a line to append to the key file: the key that encrypts from then on."`
		List     listKeys    `cmd:"" help:"Say how much is encrypted under each key."`
		Rotate   rotateKeys  `cmd:"" help:"Add a key and encrypt everything under it, while the servers go on; once more goes on with what was cut short."`
		Prune    pruneKeys   `cmd:"" help:"Drop the keys under which nothing is encrypted any more."`
	} `cmd:"" help:"The keys that encrypt the secrets of authenticator apps."`

	Provision provision `cmd:"" help:"Print what a superuser runs once on a PostgreSQL of yours."`
	Version   version   `cmd:"" help:"Print the version of this program."`
}

// errUsage is a command line that can't be understood.
type errUsage struct{ error }

// run is the program: it reads nothing but its arguments.
func run(ctx context.Context, args, environment []string, stdout, stderr io.Writer) (err error) {
	t := terminal{ctx, environment, stdout, stderr}
	helped := false
	parser, err := kong.New(&commands{}, kong.Name("habilis"), kong.Description("The access desk of establishments."),
		kong.Writers(stdout, stderr), kong.Bind(t), kong.UsageOnError(),
		kong.Exit(func(int) { helped = true }))
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	switch {
	case helped:
		return nil
	case err != nil:
		return errUsage{err}
	}
	return parsed.Run()
}

// status is the exit code: 0 done, 1 failed, 2 not understood.
func status(err error) int {
	var usage errUsage
	var problems config.Problems
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage), errors.As(err, &problems):
		return 2
	}
	return 1
}

// explain is an error in the words of a terminal. Only a configuration takes
// more than one line.
func explain(err error) string {
	var problems config.Problems
	if errors.As(err, &problems) {
		return problems.Error()
	}
	if _, ok := fault.As(err); ok {
		return console.Say(err)
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}
