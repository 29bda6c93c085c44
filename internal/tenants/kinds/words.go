package kinds

import (
	"reflect"
	"strings"

	"habilis/internal/grid"
)

// Words is a kind's vocabulary in one language. Kinds differ in gender, number
// and elision, so a word comes in each phrase that a screen needs, whole; screens
// never glue an article to a noun. Every word of every kind is required.
//
// The tag "fill" names what a phrase has places for: "{name}" is filled by
// [Fill]. French is written with plain apostrophes and spaces and in Canada's
// words; the reader's locale and its typography are laid over by [Words.Map].
type Words struct {
	// The place.
	Place        string `toml:"place"`                // "application"
	Places       string `toml:"places"`               // "applications"
	ThePlace     string `toml:"the_place"`            // "l'application"
	OfThePlace   string `toml:"of_the_place"`         // "de l'application"
	ThisPlace    string `toml:"this_place"`           // "cette application"
	YourPlace    string `toml:"your_place"`           // "votre application", in "se joindre à votre application"
	AnotherPlace string `toml:"another_place"`        // "une autre application"
	NumberLine   string `toml:"number_line" fill:"n"` // "Application nº {n}", under the place's name
	NumberLabel  string `toml:"number_label"`         // "Numéro d'application", label of a field or column

	// The people.
	PeopleTitle string `toml:"people_title"`      // "Ressources": tab and heading
	People      string `toml:"people"`            // "ressources", within a sentence
	Person      string `toml:"person"`            // "ressource"
	APerson     string `toml:"a_person"`          // "une ressource"
	ThePerson   string `toml:"the_person"`        // "la ressource"
	OfThePerson string `toml:"of_the_person"`     // "de la ressource"
	ThisPerson  string `toml:"this_person"`       // "cette ressource"
	Count       Count  `toml:"count"`             // "1 ressource", "412 ressources"
	Add         string `toml:"add"`               // "Ajouter une ressource": button
	AddTitle    string `toml:"add_title"`         // "Ajout d'une ressource": its window
	Added       string `toml:"added" fill:"name"` // said once saved
	InviteTitle string `toml:"invite_title"`      // "Invitation d'une ressource": the window of Inviter
	Edit        string `toml:"edit"`              // "Modifier la ressource": pencil on the row, and its window
	Archive     string `toml:"archive"`           // "Archiver la ressource"
	Reactivate  string `toml:"reactivate"`        // "Réactiver la ressource"
	Delete      string `toml:"delete"`            // "Supprimer la ressource"
	NoneYet     string `toml:"none_yet"`          // empty list: what to do next
	NoneFound   string `toml:"none_found"`        // nothing fits the search and filters
	Search      string `toml:"search"`            // "Chercher une ressource": label and placeholder
	States      States `toml:"states"`

	// Roles.
	RolesTitle   string `toml:"roles_title"`              // "Rôles": tab and column
	RolesSection string `toml:"roles_section"`            // "Rôles et permissions": section of a person's form
	RoleLabel    string `toml:"role_label"`               // "Rôle": label of a filter or column
	Role         string `toml:"role"`                     // "rôle"
	ARole        string `toml:"a_role"`                   // "un rôle"
	TheRole      string `toml:"the_role"`                 // "le rôle"
	ThisRole     string `toml:"this_role"`                // "ce rôle"
	GrantedRole  string `toml:"granted_role"`             // "Rôle octroyé", in the window of Add
	CurrentRole  string `toml:"current_role" fill:"role"` // "rôle actuel : {role}", heading of ChangeRole
	ChangeRole   string `toml:"change_role"`              // "Modifier un rôle": pencil on a role, and its window
	AddRole      string `toml:"add_role"`                 // "Ajouter un nouveau rôle"
	ChooseRole   string `toml:"choose_role"`              // "Choisir le nouveau rôle": legend of the choice
	EndRole      string `toml:"end_role"`                 // "Retirer ce rôle"
	RequestRole  string `toml:"request_role" fill:"role"` // "Demander le rôle {role}"
	DefaultRole  string `toml:"default_role" fill:"role"` // what a new person gets, in the window of Add
	SupportOnly  string `toml:"support_only"`             // "Donné par le support seulement."
	NoRole       string `toml:"no_role"`                  // "Aucun rôle": where a person holds none
	ActingAs     string `toml:"acting_as" fill:"role"`    // "agit comme {role}": the hat, top right
	ActAs        string `toml:"act_as"`                   // "Agir comme": heading of the hats in the profile menu

	// The permission grid.
	ModuleLabel  string     `toml:"module_label"`  // "Module": filter, column
	ModulesTitle string     `toml:"modules_title"` // "Modules"
	AreaLabel    string     `toml:"area_label"`    // "Volet": first column of a grid
	ViewAccess   string     `toml:"view_access"`   // "Consultation": second column
	EditAccess   string     `toml:"edit_access"`   // "Modification": third column
	Permissions  string     `toml:"permissions"`   // "Permissions": tab of a person's sheet
	EditDetails  string     `toml:"edit_details"`  // "Modifier les détails": turns the grid into a form
	Customise    string     `toml:"customise"`     // "Personnaliser les permissions": the same for someone to come
	Scopes       ScopeWords `toml:"scopes"`

	// What people are assigned.
	RecordsTitle    string `toml:"records_title"`    // "Dossiers": tab
	Record          string `toml:"record"`           // "dossier"
	Records         string `toml:"records"`          // "dossiers"
	ARecord         string `toml:"a_record"`         // "un dossier"
	AddRecord       string `toml:"add_record"`       // "Ajouter un dossier"
	AssignRecords   string `toml:"assign_records"`   // "Assigner des dossiers"
	AssignedRecords string `toml:"assigned_records"` // "Dossiers affectés": tab of a person's sheet
	NoRecords       string `toml:"no_records"`       // empty list: what to do next

	// Menus and buttons.
	Configuration   string `toml:"configuration"`    // the menu that holds people and roles
	SettingsTitle   string `toml:"settings_title"`   // "Paramètres": its tab for the place's own settings
	Save            string `toml:"save"`             // "Enregistrer"
	SavePermissions string `toml:"save_permissions"` // "Enregistrer les modifications": saves a grid
}

// Count is a counted noun; "{n}" is the number as printed.
type Count struct {
	One   string `toml:"one" fill:"n"`
	Other string `toml:"other" fill:"n"`
}

// Say counts n things in a locale such as "fr-CA", with the number as printed
// there: "1 ressource", "1 204 ressources". French counts none as one.
func (c Count) Say(n int, printed, locale string) string {
	if n == 1 || n == 0 && !english(locale) {
		return Fill(c.One, "n", printed)
	}
	return Fill(c.Other, "n", printed)
}

// States names the states of a person, in the gender of the kind's word.
type States struct {
	Invited  string `toml:"invited"`
	Pending  string `toml:"pending"` // has never signed in
	Active   string `toml:"active"`
	Blocked  string `toml:"blocked"`
	Archived string `toml:"archived"`
}

// ScopeWords names the scopes where an area has no words of its own.
type ScopeWords struct {
	None     string `toml:"none"`
	Own      string `toml:"own"`
	Assigned string `toml:"assigned"`
	All      string `toml:"all"`
}

// Of returns the word for a scope.
func (w ScopeWords) Of(s grid.Scope) string {
	switch s {
	case grid.Own:
		return w.Own
	case grid.Assigned:
		return w.Assigned
	case grid.All:
		return w.All
	default:
		return w.None
	}
}

// Fill puts a value in its place in a phrase: Fill("Application nº {n}", "n", "1042").
func Fill(phrase, name, value string) string {
	return strings.ReplaceAll(phrase, "{"+name+"}", value)
}

// Map returns the words with each phrase changed by f.
func (w Words) Map(f func(phrase string) string) Words {
	eachPhrase(reflect.ValueOf(&w).Elem(), "", func(p phrase) { p.value.SetString(f(p.value.String())) })
	return w
}

// phrase is one field of Words: its path in the file, what it has places for.
type phrase struct {
	path  path
	fill  string
	value reflect.Value
}

func eachPhrase(words reflect.Value, at path, do func(phrase)) {
	for i := range words.NumField() {
		field, value := words.Type().Field(i), words.Field(i)
		key := at.key(field.Tag.Get("toml"))
		if value.Kind() == reflect.Struct {
			eachPhrase(value, key, do)
			continue
		}
		do(phrase{key, field.Tag.Get("fill"), value})
	}
}
