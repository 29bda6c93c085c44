package portal

import (
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"habilis/internal/i18n"
)

func TestABrowserIsToldByWhatItCallsItself(t *testing.T) {
	v := &visit{say: i18n.For("fr-CA")}
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                          "Firefox sur Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0":             "Edge sur Windows",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile Safari/537.36":                           "Chrome sur Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1":   "Safari sur iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":                     "Safari sur macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0.7204 Mobile/15E148 Safari/604": "Chrome sur iPhone",
		"curl/8.14.1":   "Navigateur inconnu",
		"":              "Navigateur inconnu",
		"<script>Linux": "Navigateur inconnu sur Linux",
	} {
		if got := v.browser(agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}

func TestLittleIsKeptOfWhatABrowserCallsItself(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", "\xff"+strings.Repeat("é", 5000))
	if got := agentOf(r); !utf8.ValidString(got) || utf8.RuneCountInString(got) != agentRunes {
		t.Errorf("kept %d runes", utf8.RuneCountInString(got))
	}
}
