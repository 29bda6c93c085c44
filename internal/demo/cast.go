package demo

import "habilis/internal/grid"

// stage is a place of the demo, and who plays there.
type stage struct {
	number, kind, name string
	support            string
	domain             string // of its people's e-mails
	people             int    // all together
	leads              []lead // they have a password, and stand in the table
	common             []share
	france             bool
	factor             string // policy: none or roles
	trials             []trial
}

// lead is someone to sign in as.
type lead struct {
	given, family string
	function      string
	roles         []string
	also          string // the domain under which they have an account already: they are in both places
}

// share gives a role to so many of a hundred people.
type share struct {
	role    string
	percent int
}

// maude belongs to two places, in several roles.
const maude = "erables.example"

var stages = []stage{
	{
		number: "1042", kind: "planner", name: "CLSC des Érables", support: "soutien@habilis.example", domain: "erables.example", people: 400, factor: "none",
		leads: []lead{
			{given: "Maude", family: "Bélanger", function: "Chef d'administration de programmes", roles: []string{"booking", "pilot"}},
			{given: "Réjean", family: "L'Heureux", function: "Conseiller en systèmes", roles: []string{"pilot"}},
			{given: "Marie-Antoinette", family: "de La Tour-du-Pin-Verclause", function: "Coordonnatrice clinique", roles: []string{"consultation_1", "coordination"}},
			{given: "Thị Minh Khai", family: "Nguyễn", function: "Infirmière clinicienne", roles: []string{"booking", "slot_management"}},
			{given: "Siobhán", family: "O'Brien", function: "Agente administrative", roles: []string{"booking"}},
			{given: "Élise", family: "Gagnon", function: "Infirmière", roles: []string{"consultation_2"}},
		},
		common: []share{{"consultation_1", 25}, {"booking", 22}, {"slot_management", 8}, {"coordination", 2}},
		trials: []trial{{"booking", "statistics", grid.Cell{View: grid.All}, 210, 140}, {"slot_management", "clients", grid.Cell{View: grid.Assigned}, 95, 0}},
	},
	{
		number: "750042", kind: "directory", name: "ESMS Les Tilleuls", domain: "tilleuls.example", people: 86, france: true, factor: "none",
		leads: []lead{
			{given: "Bénédicte", family: "Le Goff", function: "Directrice", roles: []string{"director"}},
			{given: "Jean-Yves", family: "Castaing", function: "Cadre de santé", roles: []string{"ror_referent", "vt_referent"}},
			{given: "Zoë", family: "Œuvrard", function: "Secrétaire médico-sociale", roles: []string{"ror_referent"}},
			{given: "Abdelkader", family: "Benhaddou", function: "Éducateur spécialisé", roles: []string{"ror_reader", "vt_professional"}},
		},
		common: []share{{"vt_reader", 35}, {"vt_professional", 25}, {"ror_editor", 10}, {"vt_admissions", 6}},
		trials: []trial{{"vt_professional", "dashboards", grid.Cell{View: grid.All}, 180, 120}, {"vt_reader", "waiting_list", grid.Cell{View: grid.All}, 60, 0}},
	},
	{
		number: "2210", kind: "clinic", name: "Clinique du Canal", domain: "canal.example", people: 24, factor: "none",
		leads: []lead{
			{given: "Çağla", family: "Yılmaz", function: "Propriétaire", roles: []string{"administrator"}},
			{given: "Maude", family: "Bélanger", function: "Consultante", roles: []string{"coordinator"}, also: maude},
			{given: "Renée", family: "Thibodeau", function: "Physiothérapeute", roles: []string{"clinician"}},
		},
		common: []share{{"clinician", 55}, {"reception", 15}, {"accounting", 8}},
		trials: []trial{{"reception", "client_documents", grid.Cell{View: grid.Assigned}, 240, 160}, {"clinician", "billing", grid.Cell{View: grid.Assigned}, 75, 0}},
	},
	{
		number: "3307", kind: "childcare", name: "CPE La Ruche", domain: "laruche.example", people: 41, factor: "roles",
		leads: []lead{
			{given: "Ginette", family: "St-Pierre", function: "Directrice générale", roles: []string{"administration"}},
			{given: "Sarah-Maude", family: "Deschênes", function: "Directrice adjointe", roles: []string{"management"}},
			{given: "Wideline", family: "Toussaint", function: "Éducatrice", roles: []string{"educator"}},
			{given: "Patrick", family: "Vézina", function: "Technicien, Portes Vézina inc.", roles: []string{"technician"}},
		},
		common: []share{{"educator", 65}, {"assistant", 5}, {"accounting", 3}},
		trials: []trial{{"educator", "fees", grid.Cell{View: grid.Assigned}, 200, 150}, {"assistant", "fees", grid.Cell{View: grid.All, Edit: grid.All}, 50, 0}},
	},
	{
		number: "4815", kind: "alerting", name: "Municipalité de Saint-Élzéar-des-Monts", domain: "saint-elzear.example", people: 9, factor: "none",
		leads: []lead{
			{given: "Normand", family: "Ouellet", function: "Directeur du service incendie", roles: []string{"municipal_manager", "mission_lead"}},
			{given: "Josée", family: "D'Amours", function: "Directrice générale", roles: []string{"user_manager"}},
			{given: "Gaétan", family: "Lachance", function: "Responsable des travaux publics", roles: []string{"trigger_only"}},
		},
		common: []share{{"trigger_only", 40}, {"manager_support", 25}},
		trials: []trial{{"trigger_only", "occupants", grid.Cell{View: grid.All}, 220, 170}},
	},
}

// operator is technical support: outside all places.
var operator = lead{given: "Sylvain", family: "Cloutier", function: "Soutien technique"}

// operatorDomain is that of support's e-mails.
const operatorDomain = "soutien-habilis.example"
