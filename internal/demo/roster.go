package demo

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// Person is someone to sign in as, in one place: a line of demo.json.
type Person struct {
	Place    string   `json:"place"` // "" for support, which belongs to none
	Number   string   `json:"number"`
	Kind     string   `json:"kind"`
	Name     string   `json:"name"`
	Username string   `json:"username"`
	Email    string   `json:"email"`
	Password string   `json:"password"`
	TOTP     string   `json:"totp_secret"` // base 32; "" for none
	Hats     []string `json:"hats"`        // roles held, by name
}

// roster is everyone to sign in as.
func (w *world) roster() []Person {
	var all []Person
	for _, p := range w.places {
		for _, m := range p.members {
			if m.lead {
				one := w.line(m.account, m.hats(w.now))
				one.Place, one.Number, one.Kind = p.name, p.number, p.stage.kind
				all = append(all, one)
			}
		}
	}
	return append(all, w.line(w.operator, []string{operator.function}))
}

func (w *world) line(a *account, hats []string) Person {
	return Person{Name: a.name(), Username: a.username.String(), Email: a.email.String(), Password: a.password, TOTP: a.totp, Hats: hats}
}

// writeRoster puts the roster in place whole; the user of the machine alone reads it.
func writeRoster(path string, people []Person) error {
	text, err := json.MarshalIndent(people, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the demo's people: %w", err)
	}
	draft := path + ".new"
	if err := os.WriteFile(draft, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the demo's people: %w", err)
	}
	if err := os.Rename(draft, path); err != nil {
		return fmt.Errorf("writing the demo's people: %w", err)
	}
	return nil
}

// ReadRoster reads a demo.json.
func ReadRoster(path string) ([]Person, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the demo's people: %w", err)
	}
	var people []Person
	if err := json.Unmarshal(text, &people); err != nil {
		return nil, fmt.Errorf("reading the demo's people in %s: %w", path, err)
	}
	return people, nil
}

// printRoster prints the table of people, place by place.
func printRoster(w io.Writer, people []Person) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	place := "none yet"
	for _, p := range people {
		if p.Place != place {
			place = p.Place
			fmt.Fprintf(table, "\n%s\n", heading(p))
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", p.Name, p.Username, p.Password, strings.Join(p.Hats, ", "))
		if p.TOTP != "" {
			fmt.Fprintf(table, "  \t\tTOTP %s\t\n", p.TOTP)
		}
	}
	table.Flush()
}

func heading(p Person) string {
	if p.Place == "" {
		return "Soutien technique"
	}
	return fmt.Sprintf("%s (%s, %s)", p.Place, p.Number, p.Kind)
}
