package demo

import "strings"

// words are separated by white space; _ is a space within one.
func words(list string) []string {
	all := strings.Fields(list)
	for i, word := range all {
		all[i] = strings.ReplaceAll(word, "_", " ")
	}
	return all
}

func lines(list string) []string { return strings.Split(strings.TrimSpace(list), "\n") }

// The people of Québec: its most common names, and those of who came later.
var (
	givenOfQuebec = words(`
		Marie-Ève Geneviève Isabelle Julie Mélanie Nathalie Sylvie Josée Annie Caroline Chantal Stéphanie Valérie Karine
		Véronique Émilie Catherine Audrey Sarah-Maude Noémie Florence Rosalie Béatrice Charlotte Maëlle Océane Gaëlle
		Anne-Sophie Marie-Pier Andréanne Roxanne Myriam Frédérique Camille Sabrina Joëlle Mireille Ginette Francine
		Jean-François Marc-André Alexandre Sébastien Mathieu Maxime Guillaume Simon Olivier Vincent Étienne Jérôme
		François Benoît Stéphane Martin Éric Patrick Daniel Yves Réjean Normand Gaétan Luc Sylvain Pierre-Luc
		Louis-Philippe Félix Zacharie Raphaël Édouard Loïc Thomas Nathan Samuel Gabriel William Émile
		Amina Fatoumata Yasmine Samira Leïla Nadège Wideline Esperanza Lucía Mei-Ling Priya Karim Mamadou Youssef
		Jean-Baptiste Emmanuel Wilner Diego Andrés Minh Rajesh Mehdi Oumar`)
	familyOfQuebec = words(`
		Tremblay Gagnon Roy Côté Bouchard Gauthier Morin Lavoie Fortin Gagné Ouellet Pelletier Bélanger Lévesque Bergeron
		Leblanc Paquette Girard Simard Boucher Caron Beaulieu Cloutier Dubé Poirier Fournier Lapointe Leclerc Lefebvre
		Poulin Thibault St-Pierre Nadeau Martel Landry Martin Grenier Lessard Bédard Bernier Richard Michaud Hébert
		Desjardins Couture Turcotte Lachance Parent Blais Gosselin Savard Proulx Beaudoin Demers Perreault Boudreau
		Larouche Harvey Cyr Gervais Létourneau Dufour Vachon Châteauneuf D'Amours L'Écuyer L'Heureux O'Connor Œuvrard
		Nguyễn Trần Phạm Singh Diallo Traoré Benali Haddad El-Khoury Jean-Louis Toussaint Célestin García Rodríguez
		Hernández-Peña Petrescu Kowalczyk Chen Wang`)
)

// The people of a place in France.
var (
	givenOfFrance = words(`
		Aurélie Céline Sandrine Virginie Laëtitia Élodie Émilie Delphine Stéphanie Christelle Magali Sophie Hélène
		Bénédicte Claire Agnès Maëva Anaïs Océane Manon Chloé Léa Jade Inès Clémence Solène Gwenaëlle Marie-Laure
		Anne-Cécile Marie-Françoise Rozenn Nolwenn Fatima Aïcha Khadija Nicolas Julien Sébastien Guillaume Frédéric
		Christophe Laurent Thierry Pascal Didier Hervé Gaël Yann Loïc Erwan Mickaël Romain Antoine Hugo Théo
		Jean-Marc Jean-Yves Pierre-Yves Abdelkader Mohamed Karim Rachid Ibrahima`)
	familyOfFrance = words(`
		Martin Bernard Thomas Petit Robert Durand Dubois Moreau Laurent Lefebvre Michel Garcia Fontaine Rousseau Vincent
		Muller Lefèvre Faure André Mercier Blanc Guérin Boyer Garnier Chevalier Legrand Gauthier Perrin Clément Morel
		Girard Lemaître Le_Goff Kerguélen Le_Bihan Guéguen Riou Quéméner Penven Jaouen Castaing Etcheverry Haristoy
		Lopez Fernandez Da_Silva Benhaddou Bensaïd Cissé Traoré Nguyen Schmitt Meyer`)
)

// What people do, by kind of place.
var functions = map[string][]string{
	"planner": lines(`
Infirmière clinicienne
Infirmier auxiliaire
Agente administrative
Agent administratif, accueil
Commis aux rendez-vous
Technicienne en prélèvement
Médecin de famille
Travailleuse sociale
Nutritionniste
Inhalothérapeute
Préposée aux bénéficiaires
Chef de service`),
	"directory": lines(`
Aide-soignante
Éducateur spécialisé
Éducatrice spécialisée
Infirmière
Psychologue
Ergothérapeute
Assistante sociale
Chef de service
Secrétaire médico-sociale
Médecin coordonnateur
Cadre de santé
Moniteur-éducateur`),
	"clinic": lines(`
Physiothérapeute
Ergothérapeute
Ostéopathe
Psychologue
Massothérapeute
Adjointe administrative
Réceptionniste
Stagiaire en physiothérapie`),
	"childcare": lines(`
Éducatrice
Éducateur
Éducatrice spécialisée
Responsable de l'alimentation
Adjointe administrative
Remplaçante
Agente-conseil pédagogique
Aide-éducatrice`),
	"alerting": lines(`
Directrice générale
Directeur du service incendie
Greffière-trésorière
Responsable des travaux publics
Conseiller municipal
Agente aux communications
Inspecteur municipal
Chef aux opérations`),
}

// reasons are why someone was archived.
var reasons = lines(`
Fin de contrat
Départ à la retraite
Congé de maternité
Mutation vers un autre établissement
Fin de stage
N'utilise plus l'outil`)

// passwordWords make the passphrases of the demo, which are no secret.
var passwordWords = words(`
	tuque érable canot boréal luciole tisane moufle rivière pivert framboise girouette cabane chandail harfang glaçon
	mitaine traîneau bleuet lanterne perchaude marmotte sapinage boussole citrouille corneille pagaie raquette
	bouleau myrtille caribou escale guimauve hirondelle jonquille kayak libellule mésange nénuphar origami papillon
	quenouille ruisseau saumon tournesol violoncelle wagonnet abricot biscuit crayon dentelle écureuil fougère
	grenouille horloge iceberg jardinier lavande moulin noisette orignal pamplemousse renard sirop tambour véranda`)
