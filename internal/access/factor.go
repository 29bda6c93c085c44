package access

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
