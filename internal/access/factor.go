package access

import "time"

// Factor is how much a second factor proves. A message to a mailbox or a
// telephone can be read by who took those over, so it counts for ordinary roles
// only; see NIST SP 800-63B-4, 3.1.3.
type Factor uint8

// The factors, from none upwards.
const (
	NoFactor     Factor = iota
	AnyFactor           // at least a code by e-mail or SMS
	StrongFactor        // an authenticator app, a passkey, or a recovery code in their stead
)

var factors = map[string]Factor{"": NoFactor, "any": AnyFactor, "strong": StrongFactor}

// FactorNamed is the factor that a role asks for, as the column second_factor
// names it: nothing, any or strong. A name that it doesn't know asks for most.
func FactorNamed(name string) Factor {
	if f, ok := factors[name]; ok {
		return f
	}
	return StrongFactor
}

// String is the factor's name, as [FactorNamed] reads it.
func (f Factor) String() string { return [...]string{"", "any", "strong"}[f] }

// Waiver says that a session of an account that has a second factor was let
// through without it, because the browser had shown one before. It counts in
// places that remember devices, for as long as each does, and nowhere else.
type Waiver struct {
	Owed  bool      // the account has one, and the session has not shown it
	At    time.Time // when the browser last showed one; zero when that counts no longer
	Level Factor    // what it showed then
}

// shown is what a place that remembers devices for days takes as shown.
func (w Waiver) shown(now time.Time, days int) Factor {
	if w.At.IsZero() || !now.Before(w.At.AddDate(0, 0, days)) {
		return NoFactor
	}
	return w.Level
}

// AskedFactor is the error that a session has not shown the second factor that
// its place asks for. It is an [ErrFactor].
type AskedFactor struct{ Factor Factor }

// Error says so.
func (a AskedFactor) Error() string { return ErrFactor.Error() }

// Is makes it an ErrFactor.
func (a AskedFactor) Is(target error) bool { return target == ErrFactor }
