package roles

import (
	"cmp"
	"slices"

	"github.com/google/uuid"

	"habilis/internal/access"
	"habilis/internal/grid"
	"habilis/internal/i18n"
	"habilis/internal/rights"
	"habilis/internal/tenants/kinds"
)

// Impact is what a definition would do to the people who hold the role, and to
// the place's rules. Counts are of people who are not archived, and exact.
type Impact struct {
	Holders  int
	Gaining  int // people for whom something widens
	Losing   int // people for whom something narrows; some may do both
	Affected int
	Cells    []CellImpact // those that change for someone, in the grid's order
	First    []Affected   // the first of the list whose rights change
	Broken   []Broken
	Replaced *rights.Role // the default role that this one would take the place of, or nil
}

// CellImpact is for how many people one direction of a cell widens or narrows.
type CellImpact struct {
	Area            grid.Area
	Direction       grid.Direction
	Gaining, Losing int
}

// Affected is someone whose rights change, in so many directions of cells.
type Affected struct {
	Member
	Widened, Narrowed int
}

// Broken is a rule that would no longer hold. It is told before saving and
// refuses nothing: what it is about can be settled afterwards.
type Broken struct {
	Rule  BrokenRule
	Role  kinds.Text // whom it is about
	Other kinds.Text // of TooFew and Unready nothing
	Count int        // people, of all but CannotGive
}

// BrokenRule names a rule that a definition may break.
type BrokenRule string

// The rules that a definition may break.
const (
	TooFew     BrokenRule = "few"    // fewer people hold Role than the place wants: Count do
	Unpaired   BrokenRule = "pairs"  // Count people hold Role without Other
	CannotGive BrokenRule = "gives"  // holders of Role, who may give Other, no longer could
	Unready    BrokenRule = "factor" // Count holders of Role have no second factor yet
)

// Silent reports whether there is nothing to see before saving.
func (i Impact) Silent() bool { return i.Affected == 0 && len(i.Broken) == 0 && i.Replaced == nil }

// impact works out what the definition would do.
func (d *drafting) impact() Impact {
	var i Impact
	for _, w := range d.crowds {
		if w.state != "archived" {
			i.Holders += w.people
			i.add(w, d.Rows.Diff(w.grid(d.Catalogue, nil), w.grid(d.Catalogue, d.wanted)))
		}
	}
	slices.SortFunc(i.Cells, func(a, b CellImpact) int {
		return cmp.Or(cmp.Compare(d.row(a.Area), d.row(b.Area)), cmp.Compare(a.Direction, b.Direction))
	})
	order := i18n.For("fr-CA")
	slices.SortFunc(i.First, func(a, b Affected) int { return inOrder(order, a.Member, b.Member) })
	i.First = i.First[:min(len(i.First), FirstMembers)]
	i.Broken = d.broken(i.Holders)
	if was := d.DefaultRole(); d.wanted.Default && was != nil && was != d.role {
		i.Replaced = was
	}
	return i
}

func (d *drafting) row(area grid.Area) int {
	return slices.IndexFunc(d.Areas, func(a rights.Area) bool { return a.Key == area })
}

// add counts what changes for a crowd.
func (i *Impact) add(w *crowd, changes grid.Changes) {
	if len(changes) == 0 {
		return
	}
	widened, narrowed := len(changes.Widened()), len(changes.Narrowed())
	i.Affected += w.people
	if widened > 0 {
		i.Gaining += w.people
	}
	if narrowed > 0 {
		i.Losing += w.people
	}
	for _, ch := range changes {
		cell := i.cell(ch)
		if ch.Widens() {
			cell.Gaining += w.people
		} else {
			cell.Losing += w.people
		}
	}
	for _, m := range w.first {
		i.First = append(i.First, Affected{m, widened, narrowed})
	}
}

func (i *Impact) cell(ch grid.Change) *CellImpact {
	for n := range i.Cells {
		if i.Cells[n].Area == ch.Area && i.Cells[n].Direction == ch.Direction {
			return &i.Cells[n]
		}
	}
	i.Cells = append(i.Cells, CellImpact{Area: ch.Area, Direction: ch.Direction})
	return &i.Cells[len(i.Cells)-1]
}

// broken lists the rules that hold now, or are not there yet, and would be broken.
func (d *drafting) broken(holders int) []Broken {
	var broken []Broken
	was := d.before()
	if d.wanted.MinHolders > holders && d.wanted.MinHolders > was.MinHolders {
		broken = append(broken, Broken{Rule: TooFew, Role: d.wanted.Name, Count: holders})
	}
	if was.SecondFactor == "" && d.wanted.SecondFactor != "" && d.unready > 0 {
		broken = append(broken, Broken{Rule: Unready, Role: d.wanted.Name, Count: d.unready})
	}
	return slices.Concat(broken, d.unpaired(was), d.unable(was))
}

// before is the role as it is; a new one has nothing.
func (d *drafting) before() *rights.Role {
	if d.role == nil {
		return &rights.Role{}
	}
	return d.role
}

// unpaired are the new pairs of which someone holds one half alone.
func (d *drafting) unpaired(was *rights.Role) []Broken {
	var broken []Broken
	tell := func(has, lacks *rights.Role, count int) {
		if count > 0 {
			broken = append(broken, Broken{Unpaired, has.Name, lacks.Name, count})
		}
	}
	for _, id := range d.wanted.PairsWith {
		if slices.Contains(was.PairsWith, id) {
			continue
		}
		other, alone, both := d.Role(id), 0, 0
		for _, w := range d.crowds {
			switch {
			case w.state == "archived":
			case w.holds(id):
				both += w.people
			default:
				alone += w.people
			}
		}
		tell(d.wanted, other, alone)
		tell(other, d.wanted, d.holders[id]-both)
	}
	return broken
}

// unable are the roles whose givers could, and no longer would: those of this
// role, and those that its own holders give.
func (d *drafting) unable(was *rights.Role) []Broken {
	var broken []Broken
	for _, r := range d.after() {
		for _, id := range r.GivenBy {
			giver := d.afterwards(id)
			if giver == nil || r != d.wanted && giver != d.wanted || canGive(giver, r) {
				continue
			}
			old, oldGiver := d.Role(r.ID), d.Role(id)
			if old != nil && slices.Contains(old.GivenBy, id) && !canGive(oldGiver, old) {
				continue // nor could they before
			}
			broken = append(broken, Broken{Rule: CannotGive, Role: giver.Name, Other: r.Name})
		}
	}
	return broken
}

// after are the roles in use once the definition holds.
func (d *drafting) after() []*rights.Role {
	roles := slices.Clone(d.InUse())
	if d.role == nil {
		return append(roles, d.wanted)
	}
	for i, r := range roles {
		if r == d.role {
			roles[i] = d.wanted
		}
	}
	return roles
}

func (d *drafting) afterwards(id uuid.UUID) *rights.Role {
	if d.role != nil && d.role.ID == id {
		return d.wanted
	}
	return d.Role(id)
}

// canGive reports whether a role's holders come to give another: with the roles
// that they change or, for the default one, the people whom they add; and whether
// they have what they would give.
func canGive(giver, r *rights.Role) bool {
	g := giver.Grid
	gives := g[access.Roles].Edit == grid.All || r.Default && g[access.People].Edit == grid.All
	return gives && (g[access.Settings].Edit == grid.All || g.Covers(r.Grid))
}
