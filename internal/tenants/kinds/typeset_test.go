package kinds

import (
	"reflect"
	"strings"
	"testing"
)

func TestNoTextOfAKindHasATypewritersApostrophe(t *testing.T) {
	all, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		texts := 0
		eachString(reflect.ValueOf(k), func(s string) {
			texts++
			if strings.ContainsAny(s, `'"`) {
				t.Errorf("%s: %s", k.Key, s)
			}
		})
		if texts < 100 {
			t.Errorf("%s: only %d texts were looked at", k.Key, texts)
		}
	}
}

// eachString walks everything that a value says.
func eachString(v reflect.Value, do func(string)) {
	switch v.Kind() {
	case reflect.String:
		do(v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			eachString(v.Field(i), do)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachString(v.Index(i), do)
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			eachString(v.MapIndex(key), do)
		}
	}
}
