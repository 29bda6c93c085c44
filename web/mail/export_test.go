package mail

import (
	"maps"
	"slices"
	"strings"

	"habilis/internal/i18n"
)

// Names are the names of all letters.
func Names() []string { return slices.Sorted(maps.Keys(letters)) }

// prober finds the messages that name a parameter which they are not given.
type prober struct {
	*i18n.Printer
	names []string // of parameters, as messages write them
	holes []string
}

func (p *prober) Message(key string, args map[string]any) string {
	const mark = "\x01"
	for _, name := range p.names {
		if args[name] != nil && args[name] != "" {
			continue
		}
		given := maps.Clone(args)
		given[name] = mark
		if strings.Contains(p.Printer.Message(key, given), mark) {
			p.holes = append(p.holes, key+": "+name)
		}
	}
	return p.Printer.Message(key, args)
}

// Holes are the messages of a letter that say nothing where a parameter should be. The
// names are those of all parameters.
func Holes(template string, p *i18n.Printer, params map[string]string, names []string) []string {
	probe := &prober{Printer: p}
	for _, name := range names {
		probe.names = append(probe.names, strings.ToUpper(name[:1])+name[1:])
	}
	letters[template](newSay(probe, params))
	return probe.holes
}
