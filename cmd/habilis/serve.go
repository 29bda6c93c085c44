package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	"habilis/internal/app"
	"habilis/internal/config"
	"habilis/internal/demo"
	"habilis/internal/postgres"
)

type serve struct{}

func (serve) Run(t terminal) (err error) {
	c, err := config.Load(t.environment, config.Serving)
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.Data, "demo.json")); err == nil && c.Private() {
		return fmt.Errorf("%s holds the demo, whose passwords everyone knows: choose another folder with %s", c.Data, config.Data)
	}
	a, err := app.New(t.ctx, c, app.Options{Log: app.NewLog(t.stderr, c.Log)})
	if err != nil {
		return err
	}
	return errors.Join(a.Serve(t.ctx), a.Close())
}

type play struct{}

func (play) Run(t terminal) error {
	c, err := config.Load(t.environment, config.Demo)
	if err != nil {
		return err
	}
	return demo.Run(t.ctx, c, t.stdout, app.NewLog(t.stderr, c.Log))
}

type migrate struct{}

func (migrate) Run(t terminal) error {
	c, err := config.Load(t.environment, config.Migrating)
	if err != nil {
		return err
	}
	if c.Private() { // migrated as it is opened
		base, err := app.JoinDatabase(t.ctx, c)
		if err != nil {
			return err
		}
		defer base.Close()
		return t.sayMigrated()
	}
	if err := postgres.Migrate(t.ctx, c.MigrateURL); err != nil {
		return err
	}
	return t.sayMigrated()
}

func (t terminal) sayMigrated() error {
	schema, err := postgres.WantedSchema()
	if err != nil {
		return err
	}
	fmt.Fprintf(t.stdout, "ok: the database is at version %d (jobs %d)\n", schema.Ours, schema.Jobs)
	return nil
}

type provision struct{}

func (provision) Run(t terminal) error {
	_, err := fmt.Fprint(t.stdout, postgres.ProvisionScript())
	return err
}

type version struct{}

func (version) Run(t terminal) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return errors.New("this program was built without its version")
	}
	revision := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision += " " + s.Value
		}
	}
	fmt.Fprintf(t.stdout, "habilis %s, %s\n", revision, info.GoVersion)
	return nil
}
