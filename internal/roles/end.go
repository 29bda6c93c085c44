package roles

import (
	"time"

	"habilis/internal/fault"
	"habilis/internal/rights"
)

// latest is the last instant until which a role can be given now, nil if it has
// no planned end.
func latest(role *rights.Role, now time.Time) *time.Time {
	if role.ExpiresAfter == 0 {
		return nil
	}
	end := now.Add(role.ExpiresAfter)
	return &end
}

// until is the planned end of a role given, nil if it has none: the one asked
// for, or as late as may be.
func (r *ruling) until(role *rights.Role, now time.Time) *time.Time {
	end := latest(role, now)
	if end != nil && !r.wanted.IsZero() && r.wanted.Before(*end) {
		return &r.wanted
	}
	return end
}

// ending is the first planned end of the roles given, nil if none has any.
func (r *ruling) ending(now time.Time) *time.Time {
	var first *time.Time
	for _, role := range r.gives {
		if end := r.until(role, now); end != nil && (first == nil || end.Before(*first)) {
			first = end
		}
	}
	return first
}

// Latest is as late as some roles can be given until now: the first of their ends,
// nil if none has any.
func Latest(gives []*rights.Role, now time.Time) *time.Time {
	return (&ruling{gives: gives}).ending(now)
}

// slack is by how much an end that was asked for may lie beyond the latest one: a
// day is chosen, and the latest instant is within one.
const slack = 24 * time.Hour

// soundEnd refuses an end that is past, or later than a role given may have.
func soundEnd(d *desk, _ giver, r *ruling) *fault.Fault {
	if r.wanted.IsZero() {
		return nil
	}
	if !r.wanted.After(d.now) {
		return fault.Invalid("until", "roles.until_past")
	}
	for _, role := range r.gives {
		if end := latest(role, d.now); end != nil && r.wanted.After(end.Add(slack)) {
			return fault.Invalid("until", "roles.until_late", "Days", int(role.ExpiresAfter/(24*time.Hour)))
		}
	}
	return nil
}
