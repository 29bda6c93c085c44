package portal

import (
	"net/http"
	"strings"

	"habilis/internal/i18n"
)

// agentRunes is how much is kept of what a browser calls itself.
const agentRunes = 300

// agentOf is what a browser calls itself.
func agentOf(r *http.Request) string {
	agent := []rune(strings.ToValidUTF8(r.UserAgent(), ""))
	return string(agent[:min(len(agent), agentRunes)])
}

// mark is a word by which a browser or a system can be told. Browsers claim to be
// others too, so the first that is found counts.
type mark struct{ word, name string }

var browserMarks = []mark{
	{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
	{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
}

var systemMarks = []mark{
	{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"CrOS", "ChromeOS"}, {"Mac OS", "macOS"}, {"Linux", "Linux"},
}

func markIn(agent string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(agent, m.word) {
			return m.name
		}
	}
	return ""
}

// browser says in words what a session is in, as far as can be told: what a
// browser calls itself proves nothing.
func (v *visit) browser(agent string) string { return browserIn(v.say, agent) }

func browserIn(say *i18n.Printer, agent string) string {
	product, system := markIn(agent, browserMarks), markIn(agent, systemMarks)
	if product == "" {
		product = say.T("account.browser.other")
	}
	if system == "" {
		return product
	}
	return say.T("account.browser.on", "Browser", product, "System", system)
}
