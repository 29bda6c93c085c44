package kinds

import (
	"bytes"
	"errors"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// file is a kind as written; what refers to something else is still a plain name.
type file struct {
	Key      string     `toml:"key"`
	Name     Text       `toml:"name"`
	Choice   string     `toml:"roles_choice"`
	Modules  []Module   `toml:"modules"`
	Areas    []areaFile `toml:"areas"`
	Roles    []roleFile `toml:"roles"`
	Flags    []Flag     `toml:"flags"`
	Policies Policies   `toml:"policies"`
	Words    Vocabulary `toml:"words"`
	Phrases  phrases    `toml:"phrases"`
}

// phrases are what the portal says and what the kind says instead: see
// [i18n.NewDialect].
type phrases struct {
	Fr map[string]string `toml:"fr"`
	En map[string]string `toml:"en"`
}

type areaFile struct {
	Key        string          `toml:"key"`
	Module     string          `toml:"module"`
	Name       Text            `toml:"name"`
	View       []string        `toml:"view"`
	Edit       []string        `toml:"edit"`
	Scopes     map[string]Text `toml:"scopes"`
	Impersonal bool            `toml:"no_personal_data"`
}

type roleFile struct {
	Key          string              `toml:"key"`
	Module       string              `toml:"module"`
	Name         Text                `toml:"name"`
	Description  Text                `toml:"description"`
	Default      bool                `toml:"default"`
	Exclusive    bool                `toml:"exclusive"`
	GrantedBy    []string            `toml:"granted_by"`
	PairsWith    string              `toml:"pairs_with"`
	MinHolders   int                 `toml:"min_holders"`
	SecondFactor SecondFactor        `toml:"needs_second_factor"`
	ExpiresAfter int                 `toml:"expires_after_days"`
	Grid         map[string]cellFile `toml:"grid"`
}

type cellFile struct {
	View string `toml:"view"`
	Edit string `toml:"edit"`
}

func parse(name string, data []byte) (Kind, Problems) {
	var f file
	if problems := decode(name, data, &f); len(problems) > 0 {
		return Kind{}, problems
	}
	c := checker{file: name, lines: locate(data)}
	kind := c.kind(f)
	c.problems.sort()
	return kind, c.problems
}

// goType is how the TOML package says the type that it wanted; the last word is enough.
var goType = regexp.MustCompile(`into (a )?(struct field \S+|Go value) of type`)

// decode reads TOML and refuses what is not TOML, not of the right type or unknown.
func decode(name string, data []byte, into *file) Problems {
	err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(into)
	var unknown *toml.StrictMissingError
	var wrong *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &unknown):
		var problems Problems
		for _, e := range unknown.Errors {
			line, _ := e.Position()
			problems = append(problems, Problem{name, line, "unknown key " + strings.Join(e.Key(), ".")})
		}
		return problems
	case errors.As(err, &wrong):
		line, _ := wrong.Position()
		reason := goType.ReplaceAllString(strings.TrimPrefix(wrong.Error(), "toml: "), "into")
		return Problems{{name, line, reason}}
	default:
		return Problems{{name, 1, strings.TrimPrefix(err.Error(), "toml: ")}}
	}
}
