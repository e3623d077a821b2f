package compile_test

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/internal/soak"
	"github.com/alkahest-go/alkahest/sqltype"
)

// hostile are names that a writer of identifiers may get wrong.
var hostile = []string{
	"users", "Users", `a"b`, "a`b", "a]b", `"`, "``", `""`, `a\`, `\"`, "a'b", "a b", " a", "a ", "a\tb", "a\nb", "a;b", "a--b", "a/*b", "a?b", "a$1b",
	"a%b", "a.b", "été", "名前", "😀", "a\x00b", "\xff", "", " ", "\u00a0", "e\u0301", "select", "\u0001", "\u200b", "a\u2028b", ":a", "@a",
	strings.Repeat("x", 63), strings.Repeat("x", 64), strings.Repeat("x", 65), strings.Repeat("é", 31) + "x", strings.Repeat("é", 32), strings.Repeat("😀", 16),
}

func TestIdentifierRefusals(t *testing.T) {
	for _, tc := range []struct {
		name, refusedBy string
	}{
		{"", "sqlite postgresql mariadb mysql mssql oracle"},
		{" \t", "sqlite postgresql mariadb mysql mssql oracle"},
		{"a\x00b", "sqlite postgresql mariadb mysql mssql oracle"},
		{"\xff", "sqlite postgresql mariadb mysql mssql oracle"},
		{strings.Repeat("x", 63), ""},
		{strings.Repeat("x", 64), "postgresql"},
		{strings.Repeat("é", 32), "postgresql"},
		{strings.Repeat("é", 64), "postgresql"},
		{strings.Repeat("x", 65), "postgresql mariadb mysql"},
		{"a ", "mariadb mysql"},
		{"😀", "mariadb mysql"},
		{" a", ""},
		{`"` + "`\\'", "oracle"},
		{strings.Repeat("é", 65), "postgresql mariadb mysql oracle"},
		{strings.Repeat("x", 129), "postgresql mariadb mysql mssql oracle"},
		{"]", ""},
	} {
		var refused []string
		for _, p := range products {
			if _, err := p.rules().Identifiers.Append(nil, tc.name); err != nil {
				refused = append(refused, p.name)
			}
		}
		if d := cmp.Diff(strings.Join(refused, " "), tc.refusedBy); d != "" {
			t.Errorf("%q is refused by others (-got +want):\n%s", tc.name, d)
		}
	}
}

func TestIdentifierErrorsSayWhatToDo(t *testing.T) {
	for name, want := range map[string]string{
		"":                      "compile: an identifier is empty; give the table, column or constraint a name",
		"a\x00":                 `compile: the identifier "a\x00" has a NUL in it; no database can hold that`,
		"\xff":                  `compile: the identifier "\xff" is not valid UTF-8`,
		strings.Repeat("x", 70): `compile: the identifier "` + strings.Repeat("x", 70) + `" has 70 bytes; the limit is 63, give it a shorter name`,
	} {
		_, err := products[1].rules().Identifiers.Append(nil, name)
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// unquoted reads a quoted name as the grammar of SQL does: it ends at the first
// quote that is not doubled.
func unquoted(text string, q compile.Identifiers) (name, rest string, ok bool) {
	if text == "" || text[0] != q.Open {
		return "", text, false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != q.Close {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == q.Close {
			b.WriteByte(q.Close)
			i++
			continue
		}
		return b.String(), text[i+1:], true
	}
	return "", "", false
}

func checkQuoting(t testing.TB, p product, name string) (quoted string, ok bool) {
	buf, err := p.rules().Identifiers.Append([]byte("SELECT "), name)
	if err != nil {
		if d := cmp.Diff(string(buf), "SELECT "); d != "" {
			t.Errorf("%s: a refused name %q was written in part (-got +want):\n%s", p.name, name, d)
		}
		return "", false
	}
	quoted = strings.TrimPrefix(string(buf), "SELECT ")
	got, rest, closed := unquoted(quoted, p.rules().Identifiers)
	if !closed || rest != "" || got != name {
		t.Errorf("%s: the name %q was written as %s, which is read as %q with %q behind it", p.name, name, quoted, got, rest)
	}
	return quoted, true
}

// checkName makes a table of that name with a column of that name, and asks the
// database what they are called. It reports whether that is their name, or the
// name is refused.
func checkName(t testing.TB, p product, c driver.Conn, name string) bool {
	t.Helper()
	quoted, ok := checkQuoting(t, p, name)
	if !ok {
		return true
	}
	ctx := context.Background()
	if _, err := c.Exec(ctx, "CREATE TABLE "+quoted+" ("+quoted+" INTEGER)"); err != nil {
		t.Errorf("the name %q is refused by the database alone: %v", name, err)
		return false
	}
	defer run(t, c, "DROP TABLE "+quoted)
	got, inTable := columnName(t, c, "SELECT "+quoted+"."+quoted+" FROM "+quoted), columnName(t, c, "SELECT * FROM "+quoted+" AS "+quoted)
	if got != name {
		t.Errorf("the column %q is called %q", name, got)
	}
	if inTable != name {
		t.Errorf("the column %q is called %q in the table", name, inTable)
	}
	return got == name && inTable == name
}

func columnName(t testing.TB, c driver.Conn, sql string) string {
	ctx := context.Background()
	st, err := c.Prepare(ctx, sql, nil)
	if err != nil {
		t.Errorf("%v\n%s", err, sql)
		return ""
	}
	defer st.Close(ctx)
	rows, err := st.Query(ctx, nil)
	if err != nil {
		t.Errorf("%v\n%s", err, sql)
		return ""
	}
	defer rows.Close()
	return rows.Columns()[0].Name
}

func TestIdentifiersOnDatabases(t *testing.T) {
	alphabet := []rune("\"`'\\[].;-/*%?$:@ \t\n\u0001aZ0éß名😀\u0301\u200b")
	seed := soak.Seed(t)
	random := rand.New(rand.NewPCG(seed, 2))
	names := append([]string(nil), hostile...)
	for range soak.Count(6000) {
		name := make([]rune, 1+random.IntN(15))
		for i := range name {
			name[i] = alphabet[random.IntN(len(alphabet))]
		}
		names = append(names, string(name))
	}
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		wrong := 0
		for _, name := range names {
			if !checkName(t, p, c, name) {
				wrong++
			}
		}
		soak.Report(t, t.Name(), len(names), wrong, seed)
	})
}

func FuzzIdentifier(f *testing.F) {
	for _, name := range hostile {
		f.Add(name)
	}
	c := openSQLite(f)
	f.Fuzz(func(t *testing.T, name string) {
		if len(name) > 1000 {
			return
		}
		for _, p := range products {
			checkQuoting(t, p, name)
		}
		if !strings.HasPrefix(strings.ToLower(name), "sqlite_") { // reserved for the engine's own tables
			checkName(t, products[0], c, name)
		}
	})
}

// TestAliasesAreQuoted holds names that come from queries to the same writer.
func TestAliasesAreQuoted(t *testing.T) {
	eachDatabase(t, func(t *testing.T, p product, c driver.Conn) {
		for _, name := range hostile {
			stmt := labelled(name)
			compiled, args, err := statement(stmt, p.rules())
			if err != nil {
				continue
			}
			if len(args) != 0 {
				t.Fatal("the statement has values")
			}
			if err := query(c, compiled.SQL, nil, nil, func(sqltype.Row) error { return nil }); err != nil {
				t.Errorf("%q: %v\n%s", name, err, compiled.SQL)
			} else if got := columnName(t, c, compiled.SQL); got != name && strings.TrimLeft(name, " \u0001") != got { // MySQL drops them
				t.Errorf("the result column %q is called %q", name, got)
			}
		}
	})
}
