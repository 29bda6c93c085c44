package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	gomail "github.com/wneessen/go-mail"
)

// Mailbox is the demo's [Transport]: it keeps messages in a folder, one .eml
// file each, that the user of the machine alone may read.
type Mailbox struct {
	folder string
}

// NewMailbox returns the mailbox in folder, which is made if need be.
func NewMailbox(folder string) (*Mailbox, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the mailbox: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return nil, fmt.Errorf("closing the mailbox to others: %w", err)
	}
	return &Mailbox{folder}, nil
}

// Kept is a message in the mailbox.
type Kept struct {
	ID       string
	From, To string
	ReplyTo  string
	Date     time.Time
	Subject  string
	Text     string // empty in a list
	HTML     string
}

// ErrNotKept is the answer for a message that is not in the mailbox.
var ErrNotKept = errors.New("no such message in the mailbox")

// shownKept bounds a list of the mailbox.
const shownKept = 200

// ids are UUIDs of version 7: in order of time, and nothing else than hexadecimal.
var keptID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// Send keeps the message. It is there whole or not at all.
func (b *Mailbox) Send(_ context.Context, m *gomail.Msg) (string, error) {
	id := uuid.Must(uuid.NewV7()).String()
	draft, err := os.CreateTemp(b.folder, "draft-*") // 0600
	if err != nil {
		return "", fmt.Errorf("keeping a message: %w", err)
	}
	_, err = m.WriteTo(draft)
	err = errors.Join(err, draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), b.file(id))
	}
	if err != nil {
		os.Remove(draft.Name())
		return "", fmt.Errorf("keeping a message: %w", err)
	}
	return "", nil
}

// List returns the newest messages, newest first, without their bodies.
func (b *Mailbox) List() ([]Kept, error) {
	entries, err := os.ReadDir(b.folder)
	if err != nil {
		return nil, fmt.Errorf("listing the mailbox: %w", err)
	}
	var kept []Kept
	for _, entry := range slices.Backward(entries) {
		id, isMessage := strings.CutSuffix(entry.Name(), ".eml")
		if !isMessage || !keptID.MatchString(id) || len(kept) == shownKept {
			continue
		}
		one, err := b.Read(id)
		if err != nil {
			return nil, err
		}
		one.Text, one.HTML = "", ""
		kept = append(kept, *one)
	}
	return kept, nil
}

// Read returns one message, or ErrNotKept.
func (b *Mailbox) Read(id string) (*Kept, error) {
	if !keptID.MatchString(id) {
		return nil, ErrNotKept
	}
	data, err := os.ReadFile(b.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotKept
	}
	if err != nil {
		return nil, fmt.Errorf("reading a message: %w", err)
	}
	kept, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("reading the message %s: %w", id, err)
	}
	kept.ID = id
	return kept, nil
}

func (b *Mailbox) file(id string) string { return filepath.Join(b.folder, id+".eml") }

// parse reads a message of our own making: headers, a text and its HTML.
func parse(data []byte) (*Kept, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	words := new(mime.WordDecoder)
	header := func(name string) string {
		text, err := words.DecodeHeader(m.Header.Get(name))
		if err != nil {
			return m.Header.Get(name)
		}
		return text
	}
	kept := &Kept{From: header("From"), To: header("To"), ReplyTo: header("Reply-To"), Subject: header("Subject")}
	if kept.Date, err = m.Header.Date(); err != nil {
		return nil, err
	}
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	return kept, kept.readParts(multipart.NewReader(m.Body, params["boundary"]))
}

func (k *Kept) readParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			k.HTML = text
		} else {
			k.Text = text
		}
	}
}
