package mail

import (
	"context"
	"fmt"

	gomail "github.com/wneessen/go-mail"
)

// Transport hands a finished message over. It returns what the other side said.
// An error that is not a permanent [Rejection] means: try again later.
type Transport interface {
	Send(ctx context.Context, m *gomail.Msg) (answer string, err error)
}

// Rejection is a mail server's refusal.
type Rejection struct {
	Code      int    // of SMTP
	Answer    string // the server's words
	Permanent bool   // trying this message again is of no use
}

func (r *Rejection) Error() string { return fmt.Sprintf("the mail server answered %d", r.Code) }
