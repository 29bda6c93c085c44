package grid_test

import (
	"fmt"

	"habilis/internal/grid"
)

// The five areas of a clinic. Everyone with a calendar has at least their own;
// the settings are all or nothing.
var (
	reach  = grid.SetOf(grid.None, grid.Assigned, grid.All)
	clinic = grid.Catalogue{
		{Area: "clients", Admits: grid.Admits{View: reach, Edit: reach}},
		{Area: "documents", Admits: grid.Admits{View: reach, Edit: reach}},
		{Area: "calendar", Admits: grid.Admits{View: grid.SetOf(grid.Own, grid.All), Edit: grid.SetOf(grid.Own, grid.All)}},
		{Area: "billing", Admits: grid.Admits{View: reach, Edit: reach}},
		{Area: "settings", Admits: grid.Admits{View: grid.SetOf(grid.None, grid.All), Edit: grid.SetOf(grid.None, grid.All)}},
	}

	therapist = grid.Role{ID: grid.ID{1}, Grid: grid.Grid{
		"clients":   {View: grid.Assigned, Edit: grid.Assigned},
		"documents": {View: grid.Assigned, Edit: grid.Assigned},
		"calendar":  {View: grid.Own, Edit: grid.Own},
	}}
	bookkeeper = grid.Role{ID: grid.ID{2}, Grid: grid.Grid{
		"clients": {View: grid.All, Edit: grid.None},
		"billing": {View: grid.All, Edit: grid.All},
	}}
)

func show(changes grid.Changes) {
	for _, ch := range changes {
		fmt.Println(ch.Direction, ch.Area, ch.From, "->", ch.To)
	}
}

// A therapist is about to keep the books too.
func ExampleCatalogue_Preview() {
	person := grid.Facts{Held: []grid.Held{{Role: therapist}}}
	forecast, err := clinic.Preview(person, grid.Give{Held: grid.Held{Role: bookkeeper}})
	if err != nil {
		fmt.Println(err)
	}
	show(forecast.Changes)
	// Output:
	// view clients assigned -> all
	// view billing none -> all
	// edit billing none -> all
}

// Who keeps the books sees all clients; by hand, this person sees only theirs.
func ExampleCatalogue_Explain() {
	assigned := grid.Assigned
	person := grid.Facts{
		Held:   []grid.Held{{Role: therapist}, {Role: bookkeeper}},
		ByHand: map[grid.Area]grid.ByHand{"clients": {Override: grid.Override{View: &assigned}}},
	}
	view := clinic.Explain(person, "clients", grid.View)
	fmt.Println(view.Scope, view.Cause == grid.FromHand, "though roles give", view.Roles)
	edit := clinic.Explain(person, "clients", grid.Edit)
	fmt.Println(edit.Scope, edit.Cause == grid.FromRoles, "from", len(edit.Sources), "role")
	// Output:
	// assigned true though roles give all
	// assigned true from 1 role
}

// A therapist opens the invoices and is told which role is missing.
func ExampleCatalogue_Missing() {
	person := grid.Facts{Held: []grid.Held{{Role: therapist}}}
	refusal := clinic.Missing(person, "billing", grid.View, grid.All, []grid.Role{therapist, bookkeeper})
	fmt.Println(refusal.Scope, "of", refusal.Needed)
	fmt.Println(len(refusal.Remedies) == 1 && refusal.Remedies[0].ID == bookkeeper.ID)
	// Output:
	// none of all
	// true
}

// In a form, one direction corrects the other, onto scopes that the area
// admits.
func ExampleAdmits_WithEdit() {
	billing, _ := clinic.Find("billing")
	cell := grid.Cell{}
	cell = billing.WithEdit(cell, grid.Assigned)
	fmt.Println(cell.View, cell.Edit)
	cell = billing.WithView(cell, grid.None)
	fmt.Println(cell.View, cell.Edit)
	// Output:
	// assigned assigned
	// none none
}

func ExampleCatalogue_Check() {
	fmt.Println(clinic.Check("calendar", grid.Cell{View: grid.All, Edit: grid.Own}))
	fmt.Println(clinic.Check("calendar", grid.Cell{}))
	fmt.Println(clinic.Check("billing", grid.Cell{View: grid.Assigned, Edit: grid.All}))
	fmt.Println(clinic.Check("garden", grid.Cell{}))
	// Output:
	// <nil>
	// area "calendar" does not admit view: none; it admits own, all
	// area "billing": edit (all) reaches further than view (assigned)
	// there is no area "garden"
}

// At a planner, a pilot may not make another pilot: support alone gives that
// role. And what a pilot gives stays within what a pilot has.
func ExampleCatalogue_MayGive() {
	planner := grid.Catalogue{
		{Area: "people", Admits: grid.Admits{View: grid.SetOf(grid.None, grid.All), Edit: grid.SetOf(grid.None, grid.All)}},
		{Area: "reports", Admits: grid.Admits{View: reach, Edit: reach}},
	}
	pilot := grid.Role{ID: grid.ID{1}, Grid: grid.Grid{
		"people":  {View: grid.All, Edit: grid.All},
		"reports": {View: grid.Assigned},
	}}
	fmt.Println(pilot.Rules.GivenByAny([]grid.ID{pilot.ID}))
	show(planner.MayGive(pilot.Grid, grid.Grid{"reports": {View: grid.All, Edit: grid.Assigned}}))
	// Output:
	// false
	// view reports assigned -> all
	// edit reports none -> assigned
}

// A role of a place's own making: it may go as far as the roles that its people
// give, not as far as the one that support keeps.
func ExampleCatalogue_Reserved() {
	chief := grid.ID{3}
	owner := grid.Role{ID: grid.ID{4}, Grid: grid.Grid{
		"billing":  {View: grid.All, Edit: grid.All},
		"settings": {View: grid.All, Edit: grid.All},
	}}
	keeper := grid.Role{ID: grid.ID{5}, Grid: bookkeeper.Grid, Rules: grid.Rules{GivenBy: []grid.ID{chief}}}
	show(clinic.Reserved([]grid.Role{owner, keeper}, grid.Grid{
		"billing":  {View: grid.All, Edit: grid.All},
		"settings": {View: grid.All},
	}))
	// Output:
	// view settings none -> all
}
