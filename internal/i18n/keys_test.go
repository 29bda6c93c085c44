package i18n

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// repository is the root of the module, from this package.
const repository = "../.."

// sayers are the functions that take a message key, and where it stands among
// their arguments; names and values follow it.
var sayers = map[string]int{
	"T": 0, "Message": 0, "Key": 0, "Has": 0,
	"Invalid": 1, "Conflict": 0, "NotFound": 0, "Forbidden": 0, "Busy": 0,
}

// said is what the program says: the keys that it names, with the places where
// they stand, and the beginnings of those that it puts together ("act." + name).
type said struct {
	calls    []call
	literals map[string]bool
	families map[string]string // beginning -> place
}

type call struct {
	key, place string
	args       []string // names of arguments
	whole      bool     // all names are known
}

func listen(t *testing.T) *said {
	t.Helper()
	s := &said{literals: map[string]bool{}, families: map[string]string{}}
	err := filepath.WalkDir(repository, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && path != repository:
			return filepath.SkipDir
		case strings.HasSuffix(path, ".templ"):
			return s.readTempl(path)
		case strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go"):
			return s.readGo(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *said) readGo(path string) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BasicLit:
			if text, ok := literal(n); ok {
				s.literals[text] = true
			}
		case *ast.BinaryExpr:
			if text, ok := literal(n.X); ok && n.Op == token.ADD {
				s.families[text] = set.Position(n.Pos()).String()
			}
		case *ast.CallExpr:
			s.hear(n, set.Position(n.Pos()).String())
		}
		return true
	})
	return nil
}

// hear notes a call that says a message named on the spot.
func (s *said) hear(n *ast.CallExpr, place string) {
	selector, ok := n.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	at, ok := sayers[selector.Sel.Name]
	if !ok || len(n.Args) <= at {
		return
	}
	key, ok := literal(n.Args[at])
	if !ok || !keyShape.MatchString(key) {
		return
	}
	c := call{key: key, place: place, whole: n.Ellipsis == token.NoPos && selector.Sel.Name != "Message" && selector.Sel.Name != "Key" && selector.Sel.Name != "Has"}
	for i := at + 1; i < len(n.Args); i += 2 {
		name, ok := literal(n.Args[i])
		c.args, c.whole = append(c.args, name), c.whole && ok
	}
	s.calls = append(s.calls, c)
}

var (
	keyShape  = regexp.MustCompile(`^[a-z][\w-]*(\.[\w-]+)+$`)
	templCall = regexp.MustCompile(`\.T\("([^"]+)"`)
	quoted    = regexp.MustCompile(`"([a-z][\w.-]*)"`)
)

// readTempl hears keys of templates that haven't been generated yet.
func (s *said) readTempl(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for _, m := range templCall.FindAllStringSubmatch(string(text), -1) {
		if keyShape.MatchString(m[1]) {
			s.calls = append(s.calls, call{key: m[1], place: path})
		}
	}
	for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
		s.literals[m[1]] = true
	}
	return nil
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

func TestEveryMessageThatIsSaidExists(t *testing.T) {
	french := messagesOf(t, "fr")
	for _, c := range listen(t).calls {
		m := french[c.key]
		if m == nil {
			t.Errorf("%s: there is no message %q", c.place, c.key)
			continue
		}
		if !c.whole {
			continue
		}
		asked := placeholders(m)
		for _, name := range asked {
			if !slices.Contains(c.args, name) {
				t.Errorf("%s: %q asks for %s, which isn't given", c.place, c.key, name)
			}
		}
		for _, name := range c.args {
			if !slices.Contains(asked, name) {
				t.Errorf("%s: %q is given %s and doesn't ask for it", c.place, c.key, name)
			}
		}
	}
}

// A message is used when its key stands anywhere in the code, or begins like a
// family that the code puts together: "journal.act." + name.
func TestEveryMessageIsSaid(t *testing.T) {
	s := listen(t)
	for key := range messagesOf(t, "fr") {
		if !s.literals[key] && !s.inFamily(key) {
			t.Errorf("%s is never said", key)
		}
	}
}

func (s *said) inFamily(key string) bool {
	for beginning := range s.families {
		if strings.HasSuffix(beginning, ".") && strings.Contains(beginning[:len(beginning)-1], ".") && strings.HasPrefix(key, beginning) {
			return true
		}
	}
	return false
}
