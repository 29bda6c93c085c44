package people

import (
	"regexp"
	"strings"

	"habilis/internal/fault"
)

// Phone is a telephone number that can be dialled from anywhere. The zero value
// is no number.
type Phone struct {
	number    string // E.164: + and up to fifteen digits
	extension string // digits, often none
}

// The countries whose own way of writing numbers is understood.
const (
	Canada = "CA"
	France = "FR"
)

var (
	extension     = regexp.MustCompile(`(?i)[\s,;]*(?:poste|p\.|ext\.?|extension|x|#|;ext=)\s*(\d{1,7})$`)
	phoneSigns    = regexp.MustCompile(`[\s\x{a0}\x{202f}.\-‐‑–()/]`)
	northAmerican = regexp.MustCompile(`^[2-9]\d{2}[2-9]\d{6}$`) // area code and exchange, ITU-T E.164 zone 1
	french        = regexp.MustCompile(`^[1-9]\d{8}$`)
	anywhere      = regexp.MustCompile(`^[1-9]\d{7,14}$`)
)

// ParsePhone reads a number written as people of the region do, or with + and a
// country code, and an extension ("poste 220"). Empty is no number. Numbers of
// other countries are checked for length alone.
func ParsePhone(s, region string) (Phone, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return Phone{}, nil
	}
	var p Phone
	if at := extension.FindStringSubmatchIndex(s); at != nil && at[0] > 0 {
		p.extension, s = s[at[2]:at[3]], s[:at[0]]
	}
	digits, ok := international(phoneSigns.ReplaceAllString(strings.Replace(s, "(0)", "", 1), ""), region)
	if !ok {
		return Phone{}, fault.Invalid("phone", "field.phone."+example(region))
	}
	p.number = "+" + digits
	return p, nil
}

// international is the number with its country code, without prefix.
func international(s, region string) (digits string, ok bool) {
	switch {
	case strings.HasPrefix(s, "+"):
		s = s[1:]
	case region == France && strings.HasPrefix(s, "00"):
		s = s[2:]
	case region == Canada && strings.HasPrefix(s, "011"):
		s = s[3:]
	case region == France && strings.HasPrefix(s, "0"):
		s = "33" + s[1:]
	case region == Canada && len(s) == 10:
		s = "1" + s
	case region == Canada && len(s) == 11:
	default:
		return "", false
	}
	switch {
	case strings.HasPrefix(s, "1"):
		return s, northAmerican.MatchString(s[1:])
	case strings.HasPrefix(s, "33"):
		return s, french.MatchString(s[2:])
	}
	return s, anywhere.MatchString(s)
}

func example(region string) string {
	if region == France {
		return "fr"
	}
	return "ca"
}

// String is the number in E.164, with its extension as RFC 3966 writes it:
// "+14185550123;ext=220". ParsePhone reads it back.
func (p Phone) String() string {
	if p.extension == "" {
		return p.number
	}
	return p.number + ";ext=" + p.extension
}

// Display is the number as people of the region write it: "418 555-0123",
// "01 23 45 67 89"; with its country code when it is another's.
func (p Phone) Display(region string) string {
	text := p.number
	switch {
	case strings.HasPrefix(p.number, "+1"):
		text = p.number[2:5] + " " + p.number[5:8] + "-" + p.number[8:]
		if region != Canada {
			text = "+1 " + text
		}
	case strings.HasPrefix(p.number, "+33"):
		text = p.number[3:4] + pairsOf(p.number[4:])
		if region == France {
			text = "0" + text
		} else {
			text = "+33 " + text
		}
	}
	if p.extension != "" {
		text += " #" + p.extension
	}
	return text
}

func pairsOf(digits string) string {
	var b strings.Builder
	for i := 0; i+1 < len(digits); i += 2 {
		b.WriteString(" " + digits[i:i+2])
	}
	return b.String()
}
