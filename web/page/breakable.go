package page

import (
	"html"
	"strings"
)

// breaks are where a long address may go on in the next line.
var breaks = strings.NewReplacer("@", "<wbr>@", ".", "<wbr>.")

// breakable is an e-mail address as HTML that breaks between its parts, where a
// column is narrower than it.
func breakable(address string) string { return breaks.Replace(html.EscapeString(address)) }
