package password

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"math"
	"sort"
	"strings"
	"sync"
)

//go:generate go run ./gen

//go:embed lexicon.txt.gz
var packed []byte

// lexicon is what attackers try first: breached passwords and the words of both
// languages, names included, in byte order and folded as by plain.Fold.
type lexicon struct {
	words []string
	marks []mark
	pairs [27][27]float64 // bits of a letter after another; row 26 begins a word
}

// mark holds the bits of a word (log2 of its rank in its list) in halves, and
// whether it is a breached password.
type mark struct {
	halfBits uint8
	breached bool
}

// loaded is read at its first use: 104,000 words, some 3 MB and 40 ms.
var loaded = sync.OnceValue(func() *lexicon {
	l, err := parseLexicon(packed)
	if err != nil {
		panic("password: the embedded lexicon: " + err.Error())
	}
	return l
})

// parseLexicon reads what the command gen wrote.
func parseLexicon(packed []byte) (*lexicon, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(zipped)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	l := &lexicon{make([]string, len(lines)), make([]mark, len(lines)), [27][27]float64{}}
	for i, line := range lines {
		if len(line) < 5 || line[0] < 'A' {
			return nil, fmt.Errorf("line %d: want two marks and a word of three letters or more", i+1)
		}
		l.words[i], l.marks[i] = line[2:], mark{line[0] - 'A', line[1] == '!'}
	}
	l.weighPairs()
	return l, nil
}

// weighPairs learns from the words how surprising each letter is after another,
// so that a word that no list has (« agrafe ») still costs less than noise.
func (l *lexicon) weighPairs() {
	var seen [27][26]float64
	for _, word := range l.words {
		before := 26
		for _, c := range []byte(word) {
			if c < 'a' || c > 'z' {
				before = 26
				continue
			}
			seen[before][c-'a']++
			before = int(c - 'a')
		}
	}
	for before, row := range seen {
		total := 0.0
		for _, n := range row {
			total += n + 1
		}
		for c, n := range row {
			l.pairs[before][c] = min(math.Log2(total/(n+1)), math.Log2(26))
		}
	}
}

// breached reports whether word, folded, is among the breached passwords.
func (l *lexicon) breached(word string) bool {
	i := sort.SearchStrings(l.words, word)
	return i < len(l.words) && l.words[i] == word && l.marks[i].breached
}

// ordinary reports whether word, folded, is among the some 4,000 most used.
func (l *lexicon) ordinary(word string) bool {
	i := sort.SearchStrings(l.words, word)
	return i < len(l.words) && l.words[i] == word && l.marks[i].halfBits <= 24
}

// leet has the letters that a digit or a symbol is written for.
var leet = map[rune]string{
	'4': "a", '@': "a", '8': "b", '(': "c", '3': "e", '€': "e", '6': "g", '9': "g", '1': "il", '!': "il", '|': "il",
	'0': "o", '5': "s", '$': "s", '7': "t", '+': "t", '2': "z",
}

// search walks the words that text spells, literally or in leet, from its start.
type search struct {
	words []string
	text  []rune
	found func(word, length, swaps int)
}

// walk narrows words[low:high], which agree with the first depth runes of text.
func (s *search) walk(low, high, depth, swaps int) {
	if low < high && len(s.words[low]) == depth {
		s.found(low, depth, swaps)
		low++
	}
	if low >= high || depth == len(s.text) {
		return
	}
	r := s.text[depth]
	if r < 0x80 {
		s.step(low, high, depth, swaps, byte(r))
	}
	for _, c := range []byte(leet[r]) {
		s.step(low, high, depth, swaps+1, c)
	}
}

// step keeps the words whose next byte is c.
func (s *search) step(low, high, depth, swaps int, c byte) {
	from := low + sort.Search(high-low, func(i int) bool { return s.words[low+i][depth] >= c })
	to := from + sort.Search(high-from, func(i int) bool { return s.words[from+i][depth] > c })
	if from < to {
		s.walk(from, to, depth+1, swaps)
	}
}
