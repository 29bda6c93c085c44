package roles_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/fault"
	"habilis/internal/grid"
	"habilis/internal/pgtest"
	"habilis/internal/pgtest/place"
	"habilis/internal/rights"
	"habilis/internal/roles"
	"habilis/internal/tenants/kinds"
)

// role is a role of the place as it is.
func (o office) role(t testing.TB, id uuid.UUID) *rights.Role {
	t.Helper()
	page, err := o.CatalogueRole(t.Context(), o.Pilot.Actor(), id)
	if err != nil {
		t.Fatal(err)
	}
	return page.Listed.Role
}

// defined is what is said of a role of the kind, changed by some.
func (o office) defined(t testing.TB, key string, changes ...func(*roles.Definition)) roles.Definition {
	t.Helper()
	return changed(roles.DefinitionOf(o.role(t, o.Role(t, key))), changes...)
}

func changed(d roles.Definition, changes ...func(*roles.Definition)) roles.Definition {
	d.Grid = grid.Join(d.Grid)
	for _, change := range changes {
		change(&d)
	}
	return d
}

// copied is a role of the place's own that starts from one of the kind's.
func (o office) copied(t testing.TB, key, name string, changes ...func(*roles.Definition)) roles.Definition {
	t.Helper()
	d := changed(roles.CopyOf(o.role(t, o.Role(t, key))), changes...)
	d.Name.Fr = name
	return d
}

func cell(area grid.Area, view, edit grid.Scope) func(*roles.Definition) {
	return func(d *roles.Definition) { d.Grid[area] = grid.Cell{View: view, Edit: edit} }
}

func givenBy(ids ...uuid.UUID) func(*roles.Definition) {
	return func(d *roles.Definition) { d.GivenBy = ids }
}

// define saves a definition as a person does who looked at it first.
func (o office) define(t testing.TB, by access.Actor, role uuid.UUID, d roles.Definition) (uuid.UUID, error) {
	t.Helper()
	page, err := o.PreviewDefinition(t.Context(), by, role, d)
	if err != nil {
		return uuid.Nil, err
	}
	sent := roles.SentDefinition{Submission: access.NewID(), Affected: page.Impact.Affected}
	if page.Role != nil {
		sent.Version = page.Role.Version
	}
	id, err := o.Define(t.Context(), by, role, d, sent)
	if (page.Refused == nil) != (err == nil) {
		t.Errorf("it was shown as refused %v, and saving says %v", page.Refused, err)
	}
	return id, err
}

func (o office) edit(t testing.TB, by access.Actor, key string, changes ...func(*roles.Definition)) error {
	t.Helper()
	_, err := o.define(t, by, o.Role(t, key), o.defined(t, key, changes...))
	return err
}

// gridOf is what someone may do, read anew.
func (o office) gridOf(t testing.TB, who place.Person) grid.Grid {
	t.Helper()
	return o.sees(t, who).Grid
}

func TestARoleIsMadeGivenAndChanged(t *testing.T) {
	o := open(t, "planner")
	d := o.copied(t, "consultation_1", "Consultation du soir", cell("appointments", grid.Own, grid.Own))
	id, err := o.define(t, o.Pilot.Actor(), uuid.Nil, d)
	if err != nil {
		t.Fatal(err)
	}
	maude := o.Person(t)
	c := roles.Giving(id)
	if _, err := o.Apply(t.Context(), o.Pilot.Actor(), maude.Resource, c, o.sent(t, o.Pilot.Actor(), maude, c)); err != nil {
		t.Fatal(err)
	}
	if got := o.gridOf(t, maude)["appointments"]; got != (grid.Cell{View: grid.Own, Edit: grid.Own}) {
		t.Errorf("the new role gives %v", got)
	}
	made := o.role(t, id)
	if made.Name.En != "Consultation du soir" || made.Preset != "" || made.Default {
		t.Errorf("it was made as %+v", made)
	}
	wider := changed(roles.DefinitionOf(made), cell("appointments", grid.All, grid.Own))
	page, err := o.PreviewDefinition(t.Context(), o.Pilot.Actor(), id, wider)
	if err != nil {
		t.Fatal(err)
	}
	want := roles.CellImpact{Area: "appointments", Direction: grid.View, Gaining: 1}
	if i := page.Impact; i.Holders != 1 || i.Affected != 1 || i.Gaining != 1 || i.Losing != 0 || !slices.Equal(i.Cells, []roles.CellImpact{want}) ||
		len(i.First) != 1 || i.First[0].ID != maude.Resource {
		t.Errorf("its impact is %+v", i)
	}
	if _, err := o.define(t, o.Pilot.Actor(), id, wider); err != nil {
		t.Fatal(err)
	}
	if got := o.gridOf(t, maude)["appointments"]; got != (grid.Cell{View: grid.All, Edit: grid.Own}) {
		t.Errorf("the wider role gives %v", got)
	}
	acts := o.Acts(t)
	if !slices.Contains(acts, "roles.define.create") || acts[len(acts)-1] != "roles.define.edit" {
		t.Errorf("the journal says %v", acts)
	}
}

func TestWhatEachKindStartsWithMayBeSavedAsItIs(t *testing.T) {
	all, err := kinds.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range all {
		o := open(t, kind.Key)
		before := len(o.Acts(t))
		for _, r := range kind.Roles {
			page, err := o.PreviewDefinition(t.Context(), o.Pilot.Actor(), o.Role(t, r.Key), o.defined(t, r.Key))
			switch {
			case err != nil:
				t.Fatal(err)
			case r.SupportAlone():
				refused(t, page.Refused.Err(), fault.KindForbidden, "roles.defined_by_support")
				continue
			case page.Refused != nil || !page.Impact.Silent():
				t.Errorf("%s: %s: %v, %+v", kind.Key, r.Key, page.Refused, page.Impact)
			}
			if err := o.edit(t, o.Pilot.Actor(), r.Key); err != nil {
				t.Errorf("%s: %s: %v", kind.Key, r.Key, err)
			}
		}
		if after := len(o.Acts(t)); after != before {
			t.Errorf("%s: saving what was there left %d lines in the journal", kind.Key, after-before)
		}
	}
}

func TestADefinitionThatCannotBeIsRefusedFieldByField(t *testing.T) {
	o := open(t, "directory")
	pilot := o.Pilot.Actor()
	text := func(set func(*roles.Definition, string), s string) func(*roles.Definition) {
		return func(d *roles.Definition) { set(d, s) }
	}
	nameFr := func(d *roles.Definition, s string) { d.Name.Fr = s }
	for name, c := range map[string]struct {
		change func(*roles.Definition)
		field  string
		key    string
	}{
		"no name":                  {text(nameFr, "  "), "name_fr", "roles.name_missing"},
		"another's name":           {text(nameFr, strings.ToUpper(o.role(t, o.Role(t, "ror_editor")).Name.Fr)), "name_fr", "roles.name_taken"},
		"a long name":              {text(nameFr, strings.Repeat("é", 81)), "name_fr", "roles.text_too_long"},
		"a control character":      {text(nameFr, "a\x07b"), "name_fr", "form.characters"},
		"a name read backwards":    {text(nameFr, "a\u202eb"), "name_fr", "form.characters"},
		"a letter without width":   {text(nameFr, "a\u200bb"), "name_fr", "form.characters"},
		"no description":           {func(d *roles.Definition) { d.Description = kinds.Text{} }, "description_fr", "roles.description_missing"},
		"an unknown module":        {func(d *roles.Definition) { d.Module = "planner" }, "module", "roles.no_module"},
		"an unknown area":          {cell("slots", grid.All, grid.None), "", "roles.cell_unknown"},
		"an area elsewhere":        {cell("orientations", grid.All, grid.None), "cell.orientations.view", "roles.cell_elsewhere"},
		"a scope not admitted":     {cell("people", grid.Own, grid.None), "cell.people.view", "roles.cell_scope"},
		"edit wider than view":     {cell("people", grid.None, grid.All), "cell.people.edit", "roles.cell_wider"},
		"a scope beyond all":       {cell("people", 9, grid.None), "cell.people.view", "roles.cell_scope"},
		"minus one holder":         {func(d *roles.Definition) { d.MinHolders = -1 }, "min_holders", "roles.out_of_range"},
		"11 years":                 {func(d *roles.Definition) { d.ExpiresAfter = 4000 }, "expires_after", "roles.out_of_range"},
		"held, and expiring":       {func(d *roles.Definition) { d.MinHolders, d.ExpiresAfter = 1, 30 }, "expires_after", "roles.held_expires"},
		"an unknown factor":        {func(d *roles.Definition) { d.SecondFactor = "sms" }, "second_factor", "roles.no_factor"},
		"no giver":                 {givenBy(), "given_by", "roles.no_giver"},
		"a giver of another place": {givenBy(open(t, "directory").Role(t, "director")), "given_by", "roles.link_absent"},
		"a pair with itself":       {func(d *roles.Definition) { d.PairsWith = []uuid.UUID{o.Role(t, "ror_reader")} }, "pairs_with", "roles.link_absent"},
		"a pair with support's":    {func(d *roles.Definition) { d.PairsWith = []uuid.UUID{o.Role(t, "director")} }, "pairs_with", "roles.pair_support"},
		"no default role":          {func(d *roles.Definition) { d.Default = false }, "default", "roles.default_needed"},
		"default and exclusive":    {func(d *roles.Definition) { d.Exclusive = true }, "exclusive", "roles.default_exclusive"},
		"a powerful default role":  {func(d *roles.Definition) { d.SecondFactor = "any"; cell("people", grid.All, grid.All)(d) }, "default", "roles.default_powerful"},
	} {
		t.Run(name, func(t *testing.T) {
			err := o.edit(t, pilot, "ror_reader", c.change)
			faults, _ := fault.As(err)
			if i := slices.IndexFunc(faults, func(f *fault.Fault) bool { return f.Field == c.field && f.Key == c.key }); i < 0 || faults.Kind() != fault.KindInvalid {
				t.Errorf("got %v, want %s beside %q", err, c.key, c.field)
			}
		})
	}
	err := o.edit(t, pilot, "ror_reader", cell("people", grid.Own, grid.None), cell("roles", grid.None, grid.All), text(nameFr, ""))
	if faults, _ := fault.As(err); len(faults) != 5 { // two more: what changes the portal is no default role, and needs a second factor
		t.Errorf("five faults at once are told as %v", err)
	}
}

// Each way in which the definition of a role could hand out what its author may
// not, or loosen what protects the place.
func TestNoDefinitionIsAWayAroundTheRules(t *testing.T) {
	o := open(t, "planner")
	child := open(t, "childcare")
	clinic := open(t, "clinic")
	settings := cell(access.Settings, grid.All, grid.All)
	strong := func(d *roles.Definition) { d.SecondFactor = "strong" }
	factor := func(f string) func(*roles.Definition) { return func(d *roles.Definition) { d.SecondFactor = f } }
	leader, twoHats := child.Person(t, "management"), o.Person(t, "pilot", "booking")
	for name, c := range map[string]struct {
		err  error
		kind fault.Kind
		key  string
	}{
		"the grid of the role that support gives":   {o.edit(t, o.Pilot.Actor(), "pilot", cell("people", grid.All, grid.None)), fault.KindForbidden, "roles.defined_by_support"},
		"who gives the role that support gives":     {o.edit(t, o.Pilot.Actor(), "pilot", givenBy(o.Role(t, "pilot"))), fault.KindForbidden, "roles.defined_by_support"},
		"the settings in another role":              {o.edit(t, o.Pilot.Actor(), "booking", settings, strong), fault.KindForbidden, "roles.reserved"},
		"a copy of the role that support gives":     {create(t, o, o.copied(t, "pilot", "Pilote bis", givenBy(o.Role(t, "pilot")))), fault.KindForbidden, "roles.reserved"},
		"a role that only support would give":       {create(t, o, o.copied(t, "booking", "Caché", givenBy())), fault.KindInvalid, "roles.no_giver"},
		"a role handed over to support":             {o.edit(t, o.Pilot.Actor(), "booking", givenBy()), fault.KindInvalid, "roles.no_giver"},
		"a kind's role with a weaker second factor": {o.edit(t, o.Pilot.Actor(), "coordination", factor("")), fault.KindInvalid, "roles.factor_portal"},
		"a kind's role without its factor":          {child.edit(t, child.Pilot.Actor(), "accounting", factor("")), fault.KindInvalid, "roles.factor_lowered"},
		"the same under another name":               {create(t, child, child.copied(t, "accounting", "Comptes", factor(""))), fault.KindInvalid, "roles.factor_lowered"},
		"settings behind a factor that may be mail": {create(t, clinic, clinic.copied(t, "administrator", "Adjoint", factor("any"))), fault.KindInvalid, "roles.factor_settings"},
		"the portal without a second factor":        {create(t, clinic, clinic.copied(t, "reception", "Accueil", cell("people", grid.All, grid.All))), fault.KindInvalid, "roles.factor_portal"},
		"a role that must be held, no longer":       {child.edit(t, child.Pilot.Actor(), "administration", func(d *roles.Definition) { d.MinHolders = 0 }), fault.KindInvalid, "roles.stays_held"},
		"one's own role, wider":                     {ownRole(t), fault.KindForbidden, "roles.own_rights"},
		"the last role that edits the settings":     {child.edit(t, child.Pilot.Actor(), "administration", cell(access.Settings, grid.All, grid.None)), fault.KindConflict, "roles.last_editor"},
		"by who may not edit the settings":          {child.edit(t, leader.Actor(), "educator", cell("children", grid.None, grid.None)), fault.KindForbidden, "access.no_edit"},
		"by a pilot who acts in another role":       {o.edit(t, twoHats.Wearing(o.Role(t, "booking")), "booking"), fault.KindForbidden, "access.no_edit"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, c.err, c.kind, c.key) })
	}
}

func create(t testing.TB, o office, d roles.Definition) error {
	t.Helper()
	_, err := o.define(t, o.Pilot.Actor(), uuid.Nil, d)
	return err
}

// ownRole is someone who may edit the settings by a role of the place's own, which
// leaves an area closed, and who widens that area in their other role.
func ownRole(t testing.TB) error {
	t.Helper()
	o := open(t, "clinic")
	id, err := o.define(t, o.Pilot.Actor(), uuid.Nil, o.copied(t, "administrator", "Paramètres", cell("billing", grid.None, grid.None)))
	if err != nil {
		t.Fatal(err)
	}
	who := o.Person(t, "reception")
	o.grant(t, who, id, nil)
	return o.edit(t, who.Actor(), "reception", cell("billing", grid.All, grid.All))
}

// grant gives a role of the place's own, until an instant or for good.
func (o office) grant(t testing.TB, who place.Person, role uuid.UUID, until *time.Time) {
	t.Helper()
	if _, err := pgtest.Super(t).Exec(t.Context(), `
insert into role_grant (tenant_id, id, resource_id, role_id, exclusive, since, until, by_kind)
select tenant_id, gen_random_uuid(), $2, id, exclusive, $3, coalesce($4, timestamptz 'infinity'), 'console' from role where id = $1`,
		role, who.Resource, o.Clock.Now(), until); err != nil {
		t.Fatal(err)
	}
}

func TestNobodyWidensTheirOwnRightsForWhenAPlannedEndComes(t *testing.T) {
	o := open(t, "clinic")
	who := o.Person(t, "administrator", "reception")
	until := o.Clock.Now().Add(30 * 24 * time.Hour)
	if _, err := pgtest.Super(t).Exec(t.Context(), `update role_grant set until = $3 where resource_id = $1 and role_id = $2`,
		who.Resource, o.Role(t, "administrator"), until); err != nil {
		t.Fatal(err)
	}
	// Today the other role has it all; in a month this one would outlast it.
	refused(t, o.edit(t, who.Actor(), "reception", cell("billing", grid.All, grid.All)), fault.KindForbidden, "roles.own_rights")
	if err := o.edit(t, o.Pilot.Actor(), "reception", cell("billing", grid.All, grid.All)); err != nil {
		t.Errorf("another may not: %v", err)
	}
}

// cellsOf is what the database says of a cell, oldest first: how wide, from when,
// until when in seconds since the test began, and whether who ended it is known.
func (o office) facts(t testing.TB, role uuid.UUID, area grid.Area, start time.Time) string {
	t.Helper()
	return query[string](t, `
select coalesce(string_agg(format('%s/%s [%s,%s)%s', view, edit, round(extract(epoch from since - $3)),
         case until when 'infinity' then '' else round(extract(epoch from until - $3))::text end,
         case when ended_kind is null then '' else ' ' || ended_kind end), ', ' order by since), '')
  from role_cell where role_id = $1 and area = $2`, role, area, start)
}

func query[T any](t testing.TB, sql string, args ...any) T {
	t.Helper()
	var value T
	if err := pgtest.Super(t).QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestCellsAreFactsInTime(t *testing.T) {
	o := open(t, "planner")
	start := o.Clock.Now()
	booking := o.Role(t, "booking")
	before := o.facts(t, booking, "slots", start)
	for i, c := range []struct {
		change func(*roles.Definition)
		want   string
	}{
		{cell("appointments", grid.Own, grid.Own), "3/3 [0,10) person, 1/1 [10,)"},
		{func(d *roles.Definition) { delete(d.Grid, "appointments") }, "3/3 [0,10) person, 1/1 [10,20) person"},
		{cell("appointments", grid.All, grid.None), "3/3 [0,10) person, 1/1 [10,20) person, 3/0 [30,)"},
	} {
		o.Clock.Advance(10 * time.Second)
		if err := o.edit(t, o.Pilot.Actor(), "booking", c.change); err != nil {
			t.Fatal(i, err)
		}
		if got := o.facts(t, booking, "appointments", start); got != c.want {
			t.Errorf("after %d changes the cell is %s, want %s", i+1, got, c.want)
		}
	}
	// A second change in the same instant takes the place of the first.
	if err := o.edit(t, o.Pilot.Actor(), "booking", cell("appointments", grid.All, grid.All)); err != nil {
		t.Fatal(err)
	}
	if got, want := o.facts(t, booking, "appointments", start), "3/3 [0,10) person, 1/1 [10,20) person, 3/3 [30,)"; got != want {
		t.Errorf("twice in one instant: %s, want %s", got, want)
	}
	if after := o.facts(t, booking, "slots", start); after != before {
		t.Errorf("a cell that nobody touched was %s and is %s", before, after)
	}
}

func TestTheImpactOfADefinitionIsExact(t *testing.T) {
	o := open(t, "planner")
	o.Person(t, "booking")
	both, hand, gone := o.Person(t, "booking", "coordination"), o.Person(t, "booking"), o.Person(t, "booking")
	o.Archive(t, gone)
	if _, err := pgtest.Super(t).Exec(t.Context(), `
insert into override (tenant_id, resource_id, area, view, edit, view_ok, edit_ok, since, by_kind)
select tenant_id, $2, area, 3, 3, view_ok, edit_ok, $3, 'console' from area where tenant_id = $1 and area = 'appointments'`, o.ID, hand.Resource, o.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	page, err := o.PreviewDefinition(t.Context(), o.Pilot.Actor(), o.Role(t, "booking"),
		o.defined(t, "booking", cell("appointments", grid.Own, grid.None), cell("statistics", grid.All, grid.None)))
	if err != nil {
		t.Fatal(err)
	}
	i := page.Impact
	// The hand of one and the other role of another keep their appointments; that
	// other one sees the statistics already.
	if i.Holders != 3 || i.Affected != 2 || i.Gaining != 2 || i.Losing != 1 {
		t.Errorf("impact is %+v", i)
	}
	want := []roles.CellImpact{
		{Area: "appointments", Direction: grid.View, Losing: 1}, {Area: "appointments", Direction: grid.Edit, Losing: 1},
		{Area: "statistics", Direction: grid.View, Gaining: 2},
	}
	if !slices.Equal(i.Cells, want) {
		t.Errorf("cells are %+v", i.Cells)
	}
	for _, who := range i.First {
		if who.ID == both.Resource || who.ID == gone.Resource {
			t.Errorf("%s is said to be concerned", who.Name())
		}
	}
}

func TestWhatWouldBreakIsTold(t *testing.T) {
	o := open(t, "directory")
	o.Person(t, "ror_editor")
	o.Person(t, "ror_editor", "vt_reader")
	o.Person(t, "vt_reader")
	page, err := o.PreviewDefinition(t.Context(), o.Pilot.Actor(), o.Role(t, "ror_editor"), o.defined(t, "ror_editor", func(d *roles.Definition) {
		d.MinHolders, d.SecondFactor, d.PairsWith = 3, "any", []uuid.UUID{o.Role(t, "vt_reader")}
		d.Grid["dashboards"] = grid.Cell{}
		d.GivenBy = append(slices.Clone(d.GivenBy), o.Role(t, "ror_reader"))
	}))
	if err != nil || page.Refused != nil {
		t.Fatal(err, page.Refused)
	}
	editor, reader := o.role(t, o.Role(t, "ror_editor")).Name, o.role(t, o.Role(t, "vt_reader")).Name
	want := []roles.Broken{
		{Rule: roles.TooFew, Role: editor, Count: 2},
		{Rule: roles.Unready, Role: editor, Count: 2},
		{Rule: roles.Unpaired, Role: editor, Other: reader, Count: 1},
		{Rule: roles.Unpaired, Role: reader, Other: editor, Count: 1},
		{Rule: roles.CannotGive, Role: o.role(t, o.Role(t, "ror_reader")).Name, Other: editor},
	}
	if !slices.Equal(page.Impact.Broken, want) {
		t.Errorf("broken are %+v", page.Impact.Broken)
	}
}

func TestAnExclusiveRoleIsHeldAloneFromTheStart(t *testing.T) {
	o := open(t, "childcare")
	shared := o.Person(t, "employee", "educator")
	exclusive := func(is bool) func(*roles.Definition) {
		return func(d *roles.Definition) { d.Exclusive = is }
	}
	err := o.edit(t, o.Pilot.Actor(), "educator", exclusive(true))
	refused(t, err, fault.KindConflict, "roles.exclusive_shared")
	if faults, _ := fault.As(err); faults[0].Args["Count"] != 1 || faults[0].Args["People"] != shared.Given+" "+shared.Family {
		t.Errorf("it names %v", faults[0].Args)
	}
	o.Archive(t, shared) // their roles would come back with them
	refused(t, o.edit(t, o.Pilot.Actor(), "educator", exclusive(true)), fault.KindConflict, "roles.exclusive_shared")

	tech := o.Person(t, "technician")
	if err := o.edit(t, o.Pilot.Actor(), "technician", exclusive(false)); err != nil {
		t.Fatal(err)
	}
	if err := o.do(t, o.Pilot.Actor(), tech, "employee", ""); err != nil {
		t.Errorf("beside a role that no longer excludes others: %v", err)
	}
	refused(t, o.edit(t, o.Pilot.Actor(), "technician", exclusive(true)), fault.KindConflict, "roles.exclusive_shared")
	if err := o.do(t, o.Pilot.Actor(), tech, "", "employee"); err != nil {
		t.Fatal(err)
	}
	if err := o.edit(t, o.Pilot.Actor(), "technician", exclusive(true)); err != nil {
		t.Fatal(err)
	}
	refused(t, o.do(t, o.Pilot.Actor(), tech, "employee", ""), fault.KindConflict, "roles.exclusive")
}

func TestARoleBecomesExclusiveBesideOneThatIsOver(t *testing.T) {
	o := open(t, "childcare")
	who := o.Person(t, "educator")
	until := o.Clock.Now().Add(time.Hour)
	o.grant(t, who, o.Role(t, "accounting"), &until)
	o.Clock.Advance(2 * time.Hour)
	if err := o.edit(t, o.Pilot.Actor(), "educator", func(d *roles.Definition) { d.Exclusive = true }); err != nil {
		t.Fatal(err)
	}
	refused(t, o.do(t, o.Pilot.Actor(), who, "accounting", ""), fault.KindConflict, "roles.exclusive")
}

func TestTheMarkOfTheDefaultRoleMoves(t *testing.T) {
	o := open(t, "planner")
	page, err := o.PreviewDefinition(t.Context(), o.Pilot.Actor(), o.Role(t, "consultation_1"),
		o.defined(t, "consultation_1", func(d *roles.Definition) { d.Default = true }))
	if err != nil || page.Impact.Replaced == nil || page.Impact.Replaced.ID != o.Role(t, "consultation_2") || page.Impact.Silent() {
		t.Fatalf("%v: takes the place of %+v", err, page.Impact.Replaced)
	}
	if err := o.edit(t, o.Pilot.Actor(), "consultation_1", func(d *roles.Definition) { d.Default = true }); err != nil {
		t.Fatal(err)
	}
	if o.role(t, o.Role(t, "consultation_2")).Default || !o.role(t, o.Role(t, "consultation_1")).Default {
		t.Error("the mark did not move")
	}
}

func TestAShorterTermIsForRolesStillToBeGiven(t *testing.T) {
	o := open(t, "planner")
	held, later := o.Person(t, "booking"), o.Person(t)
	if err := o.edit(t, o.Pilot.Actor(), "booking", func(d *roles.Definition) { d.ExpiresAfter = 7 }); err != nil {
		t.Fatal(err)
	}
	if err := o.do(t, o.Pilot.Actor(), later, "booking", ""); err != nil {
		t.Fatal(err)
	}
	if until := o.held(t, held)["booking"].Until; until != nil {
		t.Errorf("who held it already loses it on %v", until)
	}
	if until := o.held(t, later)["booking"].Until; until == nil {
		t.Error("who is given it now keeps it for good")
	}
}

func TestAStaleOrUnseenDefinitionChangesNothing(t *testing.T) {
	o := open(t, "planner")
	o.Person(t, "booking")
	id, pilot := o.Role(t, "booking"), o.Pilot.Actor()
	narrower := o.defined(t, "booking", cell("clients", grid.None, grid.None))
	_, err := o.Define(t.Context(), pilot, id, narrower, roles.SentDefinition{Version: 1, Submission: access.NewID()})
	refused(t, err, fault.KindConflict, "roles.impact_unseen")
	if err := o.edit(t, pilot, "booking", func(d *roles.Definition) { d.Description.Fr = "Autre" }); err != nil {
		t.Fatal(err)
	}
	_, err = o.Define(t.Context(), pilot, id, narrower, roles.SentDefinition{Version: 1, Submission: access.NewID(), Affected: 1})
	refused(t, err, fault.KindConflict, "roles.definition_stale")
	if got := o.role(t, id).Grid["clients"]; got.View != grid.All {
		t.Errorf("the cell is %v", got)
	}
	// A pair changes both halves: the other one's form is stale too.
	if err := o.edit(t, pilot, "consultation_1", func(d *roles.Definition) { d.PairsWith = []uuid.UUID{id} }); err != nil {
		t.Fatal(err)
	}
	_, err = o.Define(t.Context(), pilot, id, narrower, roles.SentDefinition{Version: 2, Submission: access.NewID(), Affected: 1})
	refused(t, err, fault.KindConflict, "roles.definition_stale")
	if got := o.role(t, id).PairsWith; !slices.Equal(got, []uuid.UUID{o.Role(t, "consultation_1")}) {
		t.Errorf("its pairs are %v", got)
	}
}

func TestAFormSentTwiceMakesOneRole(t *testing.T) {
	o := open(t, "planner")
	d, sent := o.copied(t, "booking", "Deux fois"), roles.SentDefinition{Submission: access.NewID()}
	var ids [8]uuid.UUID
	atOnce(len(ids), func(i int) {
		var err error
		if ids[i], err = o.Define(t.Context(), o.Pilot.Actor(), uuid.Nil, d, sent); err != nil {
			t.Error(err)
		}
	})
	for _, id := range ids {
		if id != ids[0] {
			t.Errorf("one form made %v", ids)
			break
		}
	}
}

func TestARetiredRoleStaysWithWhoHoldsIt(t *testing.T) {
	o := open(t, "planner")
	who, other := o.Person(t, "booking"), o.Person(t)
	retire := func(key string) error {
		return o.Retire(t.Context(), o.Pilot.Actor(), o.Role(t, key), roles.SentDefinition{Version: o.role(t, o.Role(t, key)).Version, Submission: access.NewID()})
	}
	refused(t, retire("consultation_2"), fault.KindConflict, "roles.retire_default")
	refused(t, retire("pilot"), fault.KindForbidden, "roles.defined_by_support")
	if err := retire("booking"); err != nil {
		t.Fatal(err)
	}
	if o.gridOf(t, who)["appointments"].Edit != grid.All {
		t.Error("who holds it lost what it allows")
	}
	page, err := o.Catalogue(t.Context(), o.Pilot.Actor())
	if err != nil || len(page.Retired) != 1 || page.Retired[0].Holders != 1 {
		t.Errorf("%v: retired are %+v", err, page.Retired)
	}
	refused(t, o.do(t, o.Pilot.Actor(), other, "booking", ""), fault.KindConflict, "roles.retired")
	refused(t, o.edit(t, o.Pilot.Actor(), "booking", cell("clients", grid.None, grid.None)), fault.KindConflict, "roles.retired_fixed")
	refused(t, retire("booking"), fault.KindConflict, "roles.retired_already")
	if err := create(t, o, o.copied(t, "booking", o.role(t, o.Role(t, "booking")).Name.Fr)); err != nil {
		t.Errorf("its name is not free again: %v", err)
	}

	child := open(t, "childcare")
	refused(t, child.Retire(t.Context(), child.Pilot.Actor(), child.Role(t, "administration"),
		roles.SentDefinition{Version: 1, Submission: access.NewID()}), fault.KindConflict, "roles.retire_held")
	if err := child.edit(t, child.Pilot.Actor(), "accounting", givenBy(child.Role(t, "management"))); err != nil {
		t.Fatal(err)
	}
	refused(t, child.Retire(t.Context(), child.Pilot.Actor(), child.Role(t, "management"),
		roles.SentDefinition{Version: 1, Submission: access.NewID()}), fault.KindConflict, "roles.retire_giver")
}

func TestARetiredRoleComesBackAsItWas(t *testing.T) {
	o := open(t, "planner")
	who := o.Person(t)
	move := func(do func(context.Context, access.Actor, uuid.UUID, roles.SentDefinition) error, key string) error {
		id := o.Role(t, key)
		return do(t.Context(), o.Pilot.Actor(), id, roles.SentDefinition{Version: o.role(t, id).Version, Submission: access.NewID()})
	}
	refused(t, move(o.Reinstate, "booking"), fault.KindConflict, "roles.in_use_already")
	refused(t, move(o.Reinstate, "pilot"), fault.KindForbidden, "roles.defined_by_support")
	before := o.role(t, o.Role(t, "booking"))
	if err := move(o.Retire, "booking"); err != nil {
		t.Fatal(err)
	}
	stale := roles.SentDefinition{Version: 1, Submission: access.NewID()}
	refused(t, o.Reinstate(t.Context(), o.Pilot.Actor(), o.Role(t, "booking"), stale), fault.KindConflict, "roles.definition_stale")
	if err := move(o.Reinstate, "booking"); err != nil {
		t.Fatal(err)
	}
	after := o.role(t, o.Role(t, "booking"))
	if after.Version != before.Version+2 || after.Retired || !after.Grid.Equal(before.Grid) || !slices.Equal(after.GivenBy, before.GivenBy) {
		t.Errorf("it was %+v, and is %+v", before, after)
	}
	if err := o.do(t, o.Pilot.Actor(), who, "booking", ""); err != nil {
		t.Errorf("it is not given again: %v", err)
	}
	if acts := o.Acts(t); !slices.Contains(acts, "roles.define.reinstate") {
		t.Errorf("the journal tells of %v", acts)
	}
}

// What was said of the catalogue while the role was out of it holds when it comes back.
func TestARetiredRoleStaysOutWhereItsPlaceIsTaken(t *testing.T) {
	o := open(t, "planner")
	move := func(do func(context.Context, access.Actor, uuid.UUID, roles.SentDefinition) error, id uuid.UUID) error {
		return do(t.Context(), o.Pilot.Actor(), id, roles.SentDefinition{Version: o.role(t, id).Version, Submission: access.NewID()})
	}
	retire := func(id uuid.UUID) {
		t.Helper()
		if err := move(o.Retire, id); err != nil {
			t.Fatal(err)
		}
	}
	booking := o.Role(t, "booking")
	retire(booking)
	if err := create(t, o, o.copied(t, "booking", strings.ToUpper(o.role(t, booking).Name.Fr))); err != nil {
		t.Fatal(err)
	}
	refused(t, move(o.Reinstate, booking), fault.KindConflict, "roles.reinstate_name")

	// Of two roles, the one that gives the other left last.
	own := func(name string, giver uuid.UUID) uuid.UUID {
		t.Helper()
		id, err := o.define(t, o.Pilot.Actor(), uuid.Nil, o.copied(t, "consultation_1", name, givenBy(giver)))
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	day := own("Jour", o.Role(t, "pilot"))
	evening := own("Soirée", day)
	refused(t, move(o.Retire, day), fault.KindConflict, "roles.retire_giver")
	retire(evening)
	retire(day)
	refused(t, move(o.Reinstate, evening), fault.KindConflict, "roles.reinstate_giver")
	for _, id := range []uuid.UUID{day, evening} {
		if err := move(o.Reinstate, id); err != nil {
			t.Error(err)
		}
	}
}

// What only a role of support has come to reach isn't handed out again by the way of
// a role that left before.
func TestARoleThatReachesWhatSupportAloneGivesStaysOut(t *testing.T) {
	o := open(t, "planner")
	operator := o.Operator(t).Helping(o.ID)
	d := o.copied(t, "booking", "Tout le journal")
	d.Grid["journal"] = grid.Cell{View: grid.All}
	d.Grid["settings"] = grid.Cell{View: grid.All, Edit: grid.All}
	d.SecondFactor = "strong"
	id, err := o.define(t, operator, uuid.Nil, d)
	if err != nil {
		t.Fatal(err)
	}
	sent := func() roles.SentDefinition {
		return roles.SentDefinition{Version: o.role(t, id).Version, Submission: access.NewID()}
	}
	if page, err := o.Retiring(t.Context(), o.Pilot.Actor(), id); err != nil || !page.Final {
		t.Errorf("%v: nobody is told before that it stays out", err)
	}
	if err := o.Retire(t.Context(), o.Pilot.Actor(), id, sent()); err != nil {
		t.Fatal(err)
	}
	refused(t, o.Reinstate(t.Context(), o.Pilot.Actor(), id, sent()), fault.KindForbidden, "roles.reserved")
	page, err := o.Reinstating(t.Context(), o.Pilot.Actor(), id)
	if err != nil || len(page.Refused) == 0 || page.Refused[0].Key != "roles.reserved" {
		t.Errorf("%v: the window says %v", err, page.Refused)
	}
	if err := o.Reinstate(t.Context(), operator, id, sent()); err != nil {
		t.Errorf("support may not either: %v", err)
	}
}

func TestSupportDefinesTheRoleThatItGives(t *testing.T) {
	o := open(t, "planner")
	operator := o.Operator(t).Helping(o.ID)
	if _, err := o.define(t, operator, o.Role(t, "pilot"), o.defined(t, "pilot", func(d *roles.Definition) { d.MinHolders = 2 })); err != nil {
		t.Fatal(err)
	}
	if got := o.role(t, o.Role(t, "pilot")).MinHolders; got != 2 {
		t.Errorf("its holders are to be %d", got)
	}
}

func TestOneOfTwoDefinitionsAtOnceWins(t *testing.T) {
	o := open(t, "planner")
	other, id := o.Person(t, "pilot"), o.Role(t, "booking")
	definitions := []roles.Definition{
		o.defined(t, "booking", cell("statistics", grid.All, grid.None)),
		o.defined(t, "booking", cell("services", grid.All, grid.All)),
	}
	var done [20]bool
	atOnce(len(done), func(i int) {
		by := []access.Actor{o.Pilot.Actor(), other.Actor()}[i%2]
		_, err := o.Define(t.Context(), by, id, definitions[i%2], roles.SentDefinition{Version: 1, Submission: access.NewID()})
		if done[i] = err == nil; err != nil {
			refused(t, err, fault.KindConflict, "roles.definition_stale")
		}
	})
	won := -1
	for i, ok := range done {
		if ok && won >= 0 {
			t.Error("two definitions of one version were saved")
		}
		if ok {
			won = i
		}
	}
	if won < 0 || !o.role(t, id).Grid.Equal(definitions[won%2].Grid) {
		t.Errorf("definition %d won, and the role is %v", won, o.role(t, id).Grid)
	}
}

// Whoever is first, the other finds the place as it then is: nobody comes to hold
// beside others a role that excludes them.
func TestARoleIsMadeExclusiveWhileItIsGiven(t *testing.T) {
	o := open(t, "childcare")
	var people []place.Person
	for range 10 {
		people = append(people, o.Person(t, "employee"))
	}
	educator := o.Role(t, "educator")
	d := o.defined(t, "educator", func(d *roles.Definition) { d.Exclusive = true })
	atOnce(len(people)+1, func(i int) {
		if i == len(people)/2 {
			_, _ = o.Define(t.Context(), o.Pilot.Actor(), educator, d, roles.SentDefinition{Version: 1, Submission: access.NewID()})
			return
		}
		who := people[i%len(people)]
		_, _ = o.Apply(t.Context(), o.Pilot.Actor(), who.Resource, roles.Giving(educator), roles.Sent{Version: 1, Submission: access.NewID()})
	})
	exclusive := o.role(t, educator).Exclusive
	for _, who := range people {
		if held := o.held(t, who); exclusive && len(held) > 1 {
			if _, has := held["educator"]; has {
				t.Errorf("holds %v", held)
			}
		}
	}
}
