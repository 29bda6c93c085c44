package roles_test

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/roles"
)

// TestEveryOperationRefusesWhoHasNotTheRight tries each exported operation, and
// fails for one that is not among its cases.
func TestEveryOperationRefusesWhoHasNotTheRight(t *testing.T) {
	o := open(t, "planner")
	ctx := t.Context()
	maude, clerk, stranger := o.Person(t, "consultation_2"), o.Person(t, "consultation_1"), over(t, o.Beside(t)).Pilot
	request := o.wished(t, maude)
	change := roles.Giving(o.Role(t, "booking"))
	booking := o.defined(t, "booking")
	within := func(by access.Actor, do func(context.Context, *access.Visit) error) error { return o.within(t, by, do) }
	operations := map[string]func(access.Actor) error{
		"List":      func(a access.Actor) error { _, err := o.List(ctx, a, maude.Resource); return err },
		"Catalogue": func(a access.Actor) error { _, err := o.Catalogue(ctx, a); return err },
		"Choices":   func(a access.Actor) error { _, err := o.Choices(ctx, a, maude.Resource, change); return err },
		"Preview":   func(a access.Actor) error { _, err := o.Preview(ctx, a, maude.Resource, change); return err },
		"Apply": func(a access.Actor) error {
			_, err := o.Apply(ctx, a, maude.Resource, change, roles.Sent{Version: 1, Submission: access.NewID()})
			return err
		},
		"Request": func(a access.Actor) error { _, err := o.wish(t, a, maude, "pilot"); return err },
		"Asked":   func(a access.Actor) error { _, err := o.Asked(ctx, a, request); return err },
		"Answer":  func(a access.Actor) error { return o.Answer(ctx, a, request, roles.Verdict{Grant: true}) },
		// Within the act of another room, which asks for its own right.
		"Give": func(a access.Actor) error {
			return within(a, func(ctx context.Context, v *access.Visit) error {
				_, err := o.Give(ctx, v, maude.Resource, change)
				return err
			})
		},
		"GiveFor": func(a access.Actor) error {
			return within(a, func(ctx context.Context, v *access.Visit) error {
				_, err := o.GiveFor(ctx, v, clerk.Resource, maude.Resource, change)
				return err
			})
		},
		"MayGive": func(a access.Actor) error {
			return within(a, func(ctx context.Context, v *access.Visit) error { _, err := o.MayGive(ctx, v, change); return err })
		},
		"MayActOn": func(a access.Actor) error {
			return within(a, func(ctx context.Context, v *access.Visit) error { return o.MayActOn(ctx, v, o.Pilot.Resource) })
		},
		"MayReturn": func(a access.Actor) error {
			return within(a, func(ctx context.Context, v *access.Visit) error { return o.MayReturn(ctx, v, maude.Resource) })
		},
		"MayLeave": func(a access.Actor) error {
			return within(a, func(ctx context.Context, v *access.Visit) error { return o.MayLeave(ctx, v, o.Pilot.Resource) })
		},
		"Ticks":      func(a access.Actor) error { _, err := o.Ticks(ctx, a, maude.Resource, nil, roles.Change{}); return err },
		"Prolonging": func(a access.Actor) error { _, err := o.Prolonging(ctx, a, maude.Resource, access.NewID()); return err },
		"Prolong": func(a access.Actor) error {
			_, err := o.Prolong(ctx, a, maude.Resource, access.NewID(), time.Time{}, roles.Sent{Version: 1})
			return err
		},
		"Permissions":     func(a access.Actor) error { _, err := o.Permissions(ctx, a, maude.Resource); return err },
		"EditPermissions": func(a access.Actor) error { _, err := o.EditPermissions(ctx, a, maude.Resource); return err },
		"PreviewHands": func(a access.Actor) error {
			_, err := o.PreviewHands(ctx, a, []uuid.UUID{maude.Resource}, roles.Hands{"journal": {}})
			return err
		},
		"SetHands": func(a access.Actor) error {
			return o.SetHands(ctx, a, []uuid.UUID{maude.Resource}, roles.Hands{"journal": {}}, roles.SentHands{Submission: access.NewID()})
		},
		"CatalogueRole":     func(a access.Actor) error { _, err := o.CatalogueRole(ctx, a, change.Give[0]); return err },
		"Defining":          func(a access.Actor) error { _, err := o.Defining(ctx, a, change.Give[0]); return err },
		"PreviewDefinition": func(a access.Actor) error { _, err := o.PreviewDefinition(ctx, a, change.Give[0], booking); return err },
		"Define": func(a access.Actor) error {
			_, err := o.Define(ctx, a, change.Give[0], booking, roles.SentDefinition{Version: 1, Submission: access.NewID()})
			return err
		},
		"Retiring": func(a access.Actor) error { _, err := o.Retiring(ctx, a, change.Give[0]); return err },
		"Retire": func(a access.Actor) error {
			return o.Retire(ctx, a, change.Give[0], roles.SentDefinition{Version: 1, Submission: access.NewID()})
		},
		"Reinstating": func(a access.Actor) error { _, err := o.Reinstating(ctx, a, change.Give[0]); return err },
		"Reinstate": func(a access.Actor) error {
			return o.Reinstate(ctx, a, change.Give[0], roles.SentDefinition{Version: 1, Submission: access.NewID()})
		},
		"Offer": func(a access.Actor) error {
			_, err := o.Door.Read(ctx, a, access.EditOf(access.People, ""), func(r *access.Reading) { o.Offer(r) })
			return err
		},
		"WithdrawRequest": func(a access.Actor) error { return o.WithdrawRequest(ctx, a, maude.Resource, access.NewID()) },
		"Queue": func(a access.Actor) error {
			_, err := o.Queue(ctx, access.Signed{Account: a.Account(), Factor: access.StrongFactor})
			return err
		},
	}
	service := reflect.TypeFor[*roles.Service]()
	for i := range service.NumMethod() {
		name := service.Method(i).Name
		operation := operations[name]
		if operation == nil {
			t.Errorf("%s is not tried", name)
			continue
		}
		for who, actor := range map[string]access.Actor{
			"clerk": clerk.Actor(), "stranger": stranger.Signed().In(o.ID), "sham operator": clerk.Signed().Helping(o.ID),
		} {
			err := operation(actor)
			if !fault.Is(err, fault.KindForbidden) && !fault.Is(err, fault.KindNotFound) {
				t.Errorf("%s by a %s: %v", name, who, err)
			}
		}
	}
	holds(t, o, maude, "consultation_2")
}

func TestAnOperatorWithoutASecondFactorSeesNothing(t *testing.T) {
	o := open(t, "planner")
	id := o.wished(t, o.Person(t))
	operator := o.Operator(t)
	operator.Factor = access.AnyFactor
	_, err := o.Queue(t.Context(), operator)
	refused(t, err, fault.KindNotFound, "roles.no_queue")
	refused(t, o.Answer(t.Context(), operator.Helping(o.ID), id, roles.Verdict{Grant: true}), fault.KindNotFound, "access.no_place")
}

// What the rules say is also true of what is written past them.
func TestTheDatabaseRefusesWhatTheRulesRefuse(t *testing.T) {
	planner, childcare := open(t, "planner"), open(t, "childcare")
	tech, educator, maude := childcare.Person(t, "technician"), childcare.Person(t, "educator"), planner.Person(t, "consultation_2")
	grant := func(o office, resource uuid.UUID, role string, exclusive bool) error {
		return o.TryWrite(t, func(ctx context.Context, v *access.Visit) error {
			_, err := v.Exec(ctx, `insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, by_kind)
values ($1, $2, $3, $4, $5, $6, 'console')`, o.ID, access.NewID(), resource, o.Role(t, role), exclusive, v.Now)
			return err
		})
	}
	write := func(o office, sql string, args ...any) error {
		return o.TryWrite(t, func(ctx context.Context, v *access.Visit) error {
			_, err := v.Exec(ctx, sql, args...)
			return err
		})
	}
	for name, err := range map[string]error{
		"a role twice":                          grant(planner, maude.Resource, "consultation_2", false),
		"a role beside an exclusive one":        grant(childcare, tech.Resource, "educator", false),
		"an exclusive role beside one":          grant(childcare, educator.Resource, "technician", true),
		"an exclusive role that says it is not": grant(childcare, educator.Resource, "technician", false),
		"a role of another place":               grant(planner, tech.Resource, "consultation_2", false),
		"a row of another place":                write(planner, `insert into role_giver select $1, role_id, giver_id from role_giver`, childcare.ID),
		"the last pilot ended":                  write(planner, `update role_grant set open = false, until = now() where resource_id = $1`, planner.Pilot.Resource),
		"the last pilot archived":               write(planner, `update resource set state = 'archived', archived_at = now() where id = $1`, planner.Pilot.Resource),
		"a grant deleted":                       write(planner, `delete from role_grant where resource_id = $1`, maude.Resource),
		"a second default role":                 write(planner, `update role set is_default = true where preset = 'booking'`),
		"edit wider than view":                  write(planner, `update role_cell set view = 0, edit = 3 where area = 'slots'`),
		"a scope that is not admitted":          write(planner, `update role_cell set view = 1, edit = 0 where area = 'slots'`),
	} {
		if err == nil {
			t.Errorf("%s was written", name)
		}
	}
	holds(t, planner, planner.Pilot, "pilot")
	holds(t, childcare, tech, "technician")
}
