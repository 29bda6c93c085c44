// Package fault is how an operation answers a person: this field is invalid,
// that conflicts, there is no such thing, you may not. A fault is not a defect.
// Any error that is not a fault is one: it is logged and shown as a number.
//
// Faults are never wrapped; the portal alone turns their kind into a status.
package fault

import (
	"errors"
	"strings"
)

// Kind says what sort of answer a fault is.
type Kind int

// The kinds of fault, with the status that the portal gives them.
const (
	KindInvalid   Kind = iota + 1 // what was typed can't be (422)
	KindConflict                  // it clashes with what is there, or is stale (409)
	KindNotFound                  // there is no such thing, or not for this actor (404)
	KindForbidden                 // the actor may not (403)
	KindBusy                      // too much at once; try again later (429)
)

// Fault is one answer to a person. Key names the message and Args fill its
// placeholders; Field is the form field that it stands beside, or empty.
type Fault struct {
	Kind  Kind
	Field string
	Key   string
	Args  map[string]any
}

// Error is for logs and tests; people read the message named by Key.
func (f *Fault) Error() string {
	if f.Field == "" {
		return f.Key
	}
	return f.Field + ": " + f.Key
}

// Invalid says that what was typed in field can't be accepted. args alternate
// names and values.
func Invalid(field, key string, args ...any) *Fault {
	return &Fault{KindInvalid, field, key, pairs(args)}
}

// Conflict says that the act clashes with what is already there.
func Conflict(key string, args ...any) *Fault {
	return &Fault{KindConflict, "", key, pairs(args)}
}

// NotFound says that there is no such thing, or none that the actor may know of.
func NotFound(key string, args ...any) *Fault {
	return &Fault{KindNotFound, "", key, pairs(args)}
}

// Forbidden says that the actor may not do this.
func Forbidden(key string, args ...any) *Fault {
	return &Fault{KindForbidden, "", key, pairs(args)}
}

// Busy says that too much was asked for at once.
func Busy(key string, args ...any) *Fault {
	return &Fault{KindBusy, "", key, pairs(args)}
}

// On moves the fault beside the given form field.
func (f *Fault) On(field string) *Fault {
	f.Field = field
	return f
}

func pairs(args []any) map[string]any {
	if len(args) == 0 {
		return nil
	}
	m := make(map[string]any, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i].(string)] = args[i+1]
	}
	return m
}

// Faults are several answers at once: all that is wrong with a form.
type Faults []*Fault

// Add appends err if it is a fault, and returns any other error unchanged.
func (fs *Faults) Add(err error) error {
	more, ok := As(err)
	if !ok {
		return err
	}
	*fs = append(*fs, more...)
	return nil
}

// Err is nil when nothing is wrong.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

func (fs Faults) Error() string {
	all := make([]string, len(fs))
	for i, f := range fs {
		all[i] = f.Error()
	}
	return strings.Join(all, "; ")
}

// Kind is that of the first fault that is not merely invalid, else invalid:
// one refusal outweighs any number of typing mistakes.
func (fs Faults) Kind() Kind {
	for _, f := range fs {
		if f.Kind != KindInvalid {
			return f.Kind
		}
	}
	return KindInvalid
}

// As returns the faults in err; ok is false for nil and for a defect.
func As(err error) (fs Faults, ok bool) {
	if one := (*Fault)(nil); errors.As(err, &one) {
		return Faults{one}, true
	}
	ok = errors.As(err, &fs)
	return fs, ok
}

// Is reports whether err is made of faults of kind k.
func Is(err error, k Kind) bool {
	fs, ok := As(err)
	return ok && fs.Kind() == k
}
