package sms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"habilis/internal/sms/gateway"
)

// Shelf is the demo's [Sender]: it keeps messages in a folder, one file each, that
// the user of the machine alone may read.
type Shelf struct {
	folder string
}

// NewShelf returns the shelf in folder, which is made if need be.
func NewShelf(folder string) (*Shelf, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the shelf of texts: %w", err)
	}
	return &Shelf{folder}, nil
}

// Kept is a message on the shelf.
type Kept struct {
	To   string    `json:"to"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// shownKept bounds a list of the shelf.
const shownKept = 50

// Send keeps the message. It is there whole or not at all.
func (s *Shelf) Send(_ context.Context, m gateway.Message) error {
	data, err := json.Marshal(Kept{m.To, m.Text, time.Now()})
	if err != nil {
		return fmt.Errorf("keeping a text: %w", err)
	}
	name := filepath.Join(s.folder, uuid.Must(uuid.NewV7()).String())
	if err := errors.Join(os.WriteFile(name+".draft", data, 0o600), os.Rename(name+".draft", name+".json")); err != nil {
		return fmt.Errorf("keeping a text: %w", err)
	}
	return nil
}

// List returns the newest messages, newest first.
func (s *Shelf) List() ([]Kept, error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return nil, fmt.Errorf("listing texts: %w", err)
	}
	var kept []Kept
	for _, entry := range slices.Backward(entries) {
		if !strings.HasSuffix(entry.Name(), ".json") || len(kept) == shownKept {
			continue
		}
		var one Kept
		data, err := os.ReadFile(filepath.Join(s.folder, entry.Name()))
		if err := errors.Join(err, json.Unmarshal(data, &one)); err != nil {
			return nil, fmt.Errorf("reading a text: %w", err)
		}
		kept = append(kept, one)
	}
	return kept, nil
}
