// Command gen writes ../lexicon.txt.gz: the passwords that attackers try first
// and the words that people build theirs from, each with how soon it is tried.
//
//	go generate ./internal/secret/password
//
// The lists come from three npm packages of zxcvbn-ts, fetched by the npm
// client at the versions and checksums below; LEXICON.md has their licences.
package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"habilis/internal/secret/password/plain"
)

// source is one npm package and the lists taken from it.
type source struct {
	pack, integrity string
	lists           []list
}

// list is one JSON array of words, cut after limit (0: whole). It is ordered by
// frequency unless alphabetical: then each of its words is tried, on average, in
// the middle of the list. breached marks lists of passwords rather than of words.
type list struct {
	file         string
	limit        int
	alphabetical bool
	breached     bool
}

var sources = []source{
	{"@zxcvbn-ts/language-common@4.1.3", "sha512-g2bg4skmlJG9aJqC/nWziZzgYpSe/f3rKeGobrkdFiOrfZVFqqzUgC6BUQWuX54Sua9j0Jxxt+1bf4f/Mal1Kg==", []list{
		{file: "passwords.json", breached: true}, {file: "diceware.json", alphabetical: true},
	}},
	{"@zxcvbn-ts/language-fr@4.1.2", "sha512-xEex2n4J9UBhkASw6Vt2lUp9+eJgP0KquNiyh/D3IAP/HbnqRdd1oBkAiynSsRhJ9olmRnZVfYghaU5N6UKNjw==", []list{
		{file: "commonWords.json"}, {file: "firstnames.json", alphabetical: true}, {file: "lastnames.json", alphabetical: true},
	}},
	{"@zxcvbn-ts/language-en@4.1.1", "sha512-6UdzuBd3Uex8TKubohcn+uXRVAH34Zjs2eCfT4hQVo9zeTy7AkQRQfdV4OnHR5hQfW/XBrK/AGTZk7VBWh7wwQ==", []list{
		{file: "commonWords.json", limit: 30_000}, {file: "firstnames.json", alphabetical: true}, {file: "lastnames.json", limit: 10_000},
	}},
}

type entry struct {
	rank     int
	breached bool
}

func main() {
	log.SetFlags(0)
	words := map[string]entry{}
	for _, s := range sources {
		files, err := fetch(s)
		if err != nil {
			log.Fatalf("%s: %v", s.pack, err)
		}
		for _, l := range s.lists {
			if err := add(words, l, files["package/src/"+l.file]); err != nil {
				log.Fatalf("%s: %s: %v", s.pack, l.file, err)
			}
		}
	}
	if err := write("lexicon.txt.gz", words); err != nil {
		log.Fatal(err)
	}
}

// fetch downloads the package, checks it and returns its files by name.
func fetch(s source) (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "lexicon")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("npm", "pack", "--silent", "--pack-destination", dir, s.pack).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm pack: %w: %s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(names) != 1 {
		return nil, fmt.Errorf("npm pack left %d archives, want 1: %v", len(names), err)
	}
	packed, err := os.ReadFile(names[0])
	if err != nil {
		return nil, err
	}
	sum := sha512.Sum512(packed)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != s.integrity {
		return nil, fmt.Errorf("integrity is %s, want %s", got, s.integrity)
	}
	return unpack(packed)
}

func unpack(packed []byte) (map[string][]byte, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	files, archive := map[string][]byte{}, tar.NewReader(zipped)
	for {
		head, err := archive.Next()
		if err == io.EOF {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if files[head.Name], err = io.ReadAll(archive); err != nil {
			return nil, err
		}
	}
}

// add merges a list into words: a word counts at its best rank in any list.
func add(words map[string]entry, l list, data []byte) error {
	var all []string
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	size := len(all)
	if l.limit > 0 {
		all = all[:min(l.limit, size)]
	}
	for i, raw := range all {
		word := string(plain.Fold(raw).Runes)
		if !usable(word) {
			continue
		}
		rank := i + 1
		if l.alphabetical {
			rank = size / 2
		}
		old, known := words[word]
		if known {
			rank = min(rank, old.rank)
		}
		words[word] = entry{rank, old.breached || l.breached}
	}
	return nil
}

func usable(word string) bool {
	return len(word) >= 3 && !strings.ContainsFunc(word, func(r rune) bool { return r <= ' ' || r > '~' })
}

// write stores a line per word in byte order: a letter for its bits (log2 of its
// rank, in halves, from 'A'), '!' for a breached password or '.', the word.
func write(name string, words map[string]entry) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	zipped, err := gzip.NewWriterLevel(file, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, word := range slices.SortedFunc(maps.Keys(words), cmp.Compare[string]) {
		e, mark := words[word], '.'
		if e.breached {
			mark = '!'
		}
		fmt.Fprintf(zipped, "%c%c%s\n", 'A'+rune(math.Round(2*math.Log2(float64(e.rank)))), mark, word)
	}
	return cmp.Or(zipped.Close(), file.Close())
}
