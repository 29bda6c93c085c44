package access

import (
	"errors"
	"fmt"
)

// Proof says whether an act asks its doer to show again that they are who signed
// in: a session may have been left open, or taken over, and whoever holds it must
// not hand out authority with it, nor take over the account.
//
// An act is on the list for what it could do in the hands of someone else, not for
// how rare it is; whatever can be undone by anyone who sees it stays off it.
type Proof uint8

// When an act asks for a proof.
const (
	NoProof     Proof = iota
	ProofAtTime       // depending on what is done: the operation asks, by [Visit.Prove]
	ProofAlways       // the door asks
)

// ErrProof is the answer to who has not shown for a while that they are who signed
// in. Nothing was done, and nothing is recorded: the same is asked once more with
// the proof.
var ErrProof = errors.New("the act asks who is there")

// Prove asks for a proof that the doer is who signed in. The operation asks once
// all else is judged, so that nobody types a password to be refused. It is for
// needs that say [ProofAtTime], which is what lists them.
func (v *Visit) Prove() error {
	if v.need.Proof == NoProof && v.Actor.inSession() {
		return fmt.Errorf("%s asks for a proof, and its need doesn't say so", v.need.Act)
	}
	return v.Actor.prove()
}

// inSession reports an office of someone at a keyboard, who may be asked.
func (a Actor) inSession() bool { return a.office&(Person|Support) != 0 }

func (a Actor) prove() error {
	if a.inSession() && !a.proven {
		return ErrProof
	}
	return nil
}
