package audit

import (
	"context"
	"fmt"
	"time"

	"habilis/internal/access"
	"habilis/internal/fault"
)

// Day is how a day is written in addresses and sent by forms.
const Day = time.DateOnly

// earliest is the first day that is worth asking about.
var earliest = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

// EndOf is the end of a day in the place's time zone: the last instant of which
// one says "on that day". Of today it is zero, which stands for now. A day to
// come, or what is no day, is a fault of the field it was typed in.
func (s *Service) EndOf(ctx context.Context, a access.Actor, field, day string) (time.Time, error) {
	if day == "" {
		return time.Time{}, nil
	}
	standing, err := s.door.Read(ctx, a, NeedAsOf, func(*access.Reading) {})
	if err != nil {
		return time.Time{}, err
	}
	zone, err := time.LoadLocation(standing.Tenant.TimeZone)
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the place's time zone: %w", err)
	}
	return endOf(field, day, standing.Now.In(zone))
}

func endOf(field, day string, now time.Time) (time.Time, error) {
	begins, err := time.ParseInLocation(Day, day, now.Location())
	if err != nil || begins.Before(earliest) {
		return time.Time{}, fault.Invalid(field, "audit.no_day")
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch {
	case begins.After(today):
		return time.Time{}, fault.Invalid(field, "audit.day_to_come")
	case begins.Equal(today):
		return time.Time{}, nil
	}
	next := time.Date(begins.Year(), begins.Month(), begins.Day()+1, 0, 0, 0, 0, now.Location())
	return next.Add(-time.Microsecond), nil
}
