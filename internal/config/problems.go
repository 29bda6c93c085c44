package config

import "strings"

// Problem is one variable that is wrong, and what to write instead.
type Problem struct {
	Name string
	What string
}

// Problems are all that is wrong with an environment.
type Problems []Problem

// Error has a line for each problem. It never repeats a secret.
func (ps Problems) Error() string {
	var b strings.Builder
	b.WriteString("the configuration has to be corrected:")
	for _, p := range ps {
		b.WriteString("\n  " + p.Name + " " + p.What)
	}
	return b.String()
}

func (ps Problems) has(name string) bool {
	for _, p := range ps {
		if p.Name == name || p.Name == name+fileSuffix {
			return true
		}
	}
	return false
}

// known reports the name of a variable, or of the file of a secret one.
func known(name string) bool {
	for _, v := range Variables {
		if name == v.Name || v.Secret && name == v.Name+fileSuffix {
			return true
		}
	}
	return false
}

// advise names the variable that was probably meant.
func advise(name string) string {
	nearest, least := "", 1+len(name)/3
	for _, v := range Variables {
		if d := distance(name, v.Name); d < least {
			nearest, least = v.Name, d
		}
	}
	if nearest == "" {
		return "unset it; the README lists the variables"
	}
	return "perhaps " + nearest + " was meant"
}

// distance is Levenshtein's: how many letters to insert, remove or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
