package password

import (
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"habilis/internal/secret/password/plain"
)

// measured is how many runes are looked at: what follows can only add bits, and
// the cost of looking is bounded.
const measured = 128

// tokenBits is what it takes to say of which sort a piece is and where it ends.
// It stands also for the many ways in which an attacker who tries combinations of
// words by rising cost can order them.
const tokenBits = 2.5

// noiseBits is the same for characters at random, which people choose less often
// than words, and which would otherwise lose by being cut in single characters.
const noiseBits = 5

// Bits estimates how many guesses, as a power of two, an attacker who knows how
// people choose passwords needs to find secret: the cheapest way to write it as
// words (also reversed, or with digits for letters), names and dates, walks on
// the keyboard, sequences, repeats and, failing these, letters at random. known
// are words that the attacker tries first: the person's name and the like.
//
// The method is that of zxcvbn (Wheeler, USENIX Security 2016), in both languages
// at once and on whole runes. The estimate errs low.
func Bits(secret string, known ...string) float64 {
	text := plain.Fold(secret).Cut(measured)
	e := estimate{text, text.Reverse().Runes, make([][]piece, len(text.Runes))}
	e.addWords(loaded(), known)
	for i := range text.Runes {
		e.addCopies(i)
		e.addDates(i)
		e.addSequence(i)
		for _, k := range keyboards {
			e.addWalk(i, k)
		}
		e.addSeparator(i)
		e.addNoise(loaded(), i)
	}
	return e.cheapest()
}

// piece is a way to write the runes up to end.
type piece struct {
	end  int
	bits float64
}

// estimate gathers the pieces that begin at each rune of text.
type estimate struct {
	text   plain.Text
	back   []rune // text reversed
	pieces [][]piece
}

func (e *estimate) add(from, end int, bits float64) {
	e.pieces[from] = append(e.pieces[from], piece{end, bits})
}

// cheapest is the least sum of pieces that covers the text.
func (e *estimate) cheapest() float64 {
	best := slices.Repeat([]float64{math.Inf(1)}, len(e.pieces)+1)
	best[0] = 0
	for from, pieces := range e.pieces {
		for _, p := range pieces {
			best[p.end] = min(best[p.end], best[from]+p.bits)
		}
	}
	return best[len(e.pieces)]
}

// addWords finds the words of the lexicon, and the known ones, which cost nothing
// but their piece.
func (e *estimate) addWords(l *lexicon, known []string) {
	near := nearWords(known)
	for i := range e.text.Runes {
		e.addFrom(i, l.words, func(word int) float64 { return float64(l.marks[word].halfBits) / 2 })
		e.addFrom(i, near, func(int) float64 { return 0 })
	}
}

// addFrom finds the words of a list that are spelt from rune i, or backwards from
// the i-th last.
func (e *estimate) addFrom(i int, list []string, rank func(word int) float64) {
	n := len(e.text.Runes)
	found := func(from, end, word, swaps int, extra float64) {
		e.add(from, end, tokenBits+rank(word)+float64(min(swaps, 2))+e.caseBits(from, end)+extra)
	}
	ahead := search{list, e.text.Runes[i:], func(word, length, swaps int) { found(i, i+length, word, swaps, 0) }}
	ahead.walk(0, len(list), 0, 0)
	behind := search{list, e.back[i:], func(word, length, swaps int) { found(n-i-length, n-i, word, swaps, 1) }}
	behind.walk(0, len(list), 0, 0)
}

// nearWords are the known words folded and in order, fit for a search.
func nearWords(known []string) []string {
	var words []string
	for _, k := range known {
		if w := plain.Letters(k); len(w) >= 3 {
			words = append(words, w)
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// caseBits is what the capitals of a word add: little where people put them.
func (e *estimate) caseBits(from, end int) float64 {
	capitals := 0
	for _, upper := range e.text.Upper[from:end] {
		if upper {
			capitals++
		}
	}
	switch {
	case capitals == 0:
		return 0
	case capitals == end-from, capitals == 1 && e.text.Upper[from]:
		return 1
	}
	return float64(min(capitals, end-from-capitals)) + 1
}

// addCopies finds, from i, what was already there: « élève élève », aaaa.
func (e *estimate) addCopies(i int) {
	longest := 0
	for earlier := range i {
		longest = max(longest, e.alike(earlier, i))
	}
	for length := 3; length <= longest; length++ {
		e.add(i, i+length, tokenBits+math.Log2(float64(i))+math.Log2(float64(length)))
	}
}

// alike counts the runes from a that are the same as those from b, later.
func (e *estimate) alike(a, b int) int {
	n := 0
	for b+n < len(e.text.Runes) && e.text.Runes[a+n] == e.text.Runes[b+n] {
		n++
	}
	return n
}

// addSequence finds abcd, 4321 from i.
func (e *estimate) addSequence(i int) {
	runes := e.text.Runes
	if i+2 >= len(runes) {
		return
	}
	step := runes[i+1] - runes[i]
	if step != 1 && step != -1 {
		return
	}
	start := math.Log2(26)
	if slices.Contains([]rune("a1z90"), runes[i]) {
		start = 2
	}
	for end := i + 2; end <= len(runes) && runes[end-1]-runes[end-2] == step; end++ {
		if end-i >= 3 {
			e.add(i, end, tokenBits+start+1+math.Log2(float64(end-i)))
		}
	}
}

// keyboards are the rows of keys, each half a key right of the one above.
var keyboards = []map[rune][2]int{
	keys("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
	keys("1234567890)=", "azertyuiop", "qsdfghjklm", "wxcvbn,;:!"),
	keys("!@#$%^&*()_+"),
	keys("!@/$%?&*()_+"), // the Canadian French keyboard's digits, shifted
}

func keys(rows ...string) map[rune][2]int {
	at := map[rune][2]int{}
	for y, row := range rows {
		for x, key := range row {
			at[key] = [2]int{y, x}
		}
	}
	return at
}

// addWalk finds neighbouring keys from i; each turn of the walk costs.
func (e *estimate) addWalk(i int, keyboard map[rune][2]int) {
	at, on := keyboard[e.text.Runes[i]]
	if !on {
		return
	}
	bits := tokenBits + math.Log2(float64(len(keyboard)))
	last := [2]int{}
	for end := i + 1; end < len(e.text.Runes); end++ {
		next, on := keyboard[e.text.Runes[end]]
		move := [2]int{next[0] - at[0], next[1] - at[1]}
		if !on || !neighbours(move) {
			return
		}
		if move != last {
			bits += math.Log2(6)
		}
		at, last = next, move
		if end-i >= 2 {
			e.add(i, end+1, bits+math.Log2(float64(end+1-i)))
		}
	}
}

func neighbours(move [2]int) bool {
	switch move {
	case [2]int{0, 1}, [2]int{0, -1}, [2]int{1, 0}, [2]int{1, -1}, [2]int{-1, 0}, [2]int{-1, 1}:
		return true
	}
	return false
}

var (
	year     = regexp.MustCompile(`^(19|20)\d\d`)
	dayFirst = regexp.MustCompile(`^\d{1,2}[-/. ]?\d{1,2}[-/. ]?(19|20)\d\d`)
	dayLast  = regexp.MustCompile(`^(19|20)\d\d[-/. ]?\d{1,2}[-/. ]?\d{1,2}`)
)

// addDates finds years and dates from i, of some 150 years.
func (e *estimate) addDates(i int) {
	rest := string(e.text.Runes[i:min(i+10, len(e.text.Runes))])
	add := func(form *regexp.Regexp, days float64) {
		if length := len(form.FindString(rest)); length > 0 { // what matches is ASCII
			e.add(i, i+length, tokenBits+math.Log2(150*days))
		}
	}
	add(year, 1)
	add(dayFirst, 366)
	add(dayLast, 366)
}

// addSeparator takes the rune at i as what stands between words: cheap, and all
// but free when it was used before.
func (e *estimate) addSeparator(i int) {
	r := e.text.Runes[i]
	switch {
	case classOf(r, false) != symbols:
	case slices.Contains(e.text.Runes[:i], r):
		e.add(i, i+1, 1)
	case r == ' ':
		e.add(i, i+1, 1)
	default:
		e.add(i, i+1, math.Log2(sizes[symbols]))
	}
}

// class is a set of characters that people and generators draw from together.
type class uint

const (
	lowers class = 1 << iota
	uppers
	digits
	symbols
	others
)

var sizes = map[class]float64{lowers: 26, uppers: 26, digits: 10, symbols: 33, others: 40}

func classOf(r rune, upper bool) class {
	switch {
	case r >= 'a' && r <= 'z' && upper:
		return uppers
	case r >= 'a' && r <= 'z':
		return lowers
	case r >= '0' && r <= '9':
		return digits
	case r < 0x80 || unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsSpace(r):
		return symbols
	}
	return others
}

// addNoise takes the runes from i as drawn at random from their classes, or,
// letters alone, as syllables, or as hexadecimal digits.
func (e *estimate) addNoise(l *lexicon, i int) {
	var in class
	size, syllables, before, hex := 0.0, 0.0, 26, true
	for end := i + 1; end <= len(e.text.Runes); end++ {
		r := e.text.Runes[end-1]
		c := classOf(r, e.text.Upper[end-1])
		if in&c == 0 {
			in |= c
			size += sizes[c]
		}
		hex = hex && strings.ContainsRune("0123456789abcdef", r)
		bits := float64(end-i) * math.Log2(size)
		if hex {
			bits = min(bits, 4*float64(end-i))
		}
		if in&^(lowers|uppers) == 0 {
			syllables += l.pairs[before][r-'a']
			before = int(r - 'a')
			bits = min(bits, syllables+e.caseBits(i, end))
		}
		e.add(i, end, noiseBits+bits)
	}
}
