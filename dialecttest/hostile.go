package dialecttest

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// hostileNames are names that break out of quotes, end statements, or are cut.
var hostileNames = []string{
	"select", "Select", `"`, `""`, "`", "``", "[", "]", "[a]", "'", "''", `\`, `\"`, `a"; DROP TABLE dt_victim; --`, "a`; DROP TABLE dt_victim; -- ",
	"a]; DROP TABLE dt_victim; --", "a'; DROP TABLE dt_victim; --", "*/ ; --", "/*", "--", "-- x", "#x", ";", "a.b", `a"."b`, "a b", " a", "a ", "a%b",
	"%s", "?", "a?b", "$1", ":name", "@x", "@@x", "1", "1a", "ä", "漢字", "😀", "\u202Eabc", "a\nb", "a\tb", "\\! id", "line\n\\! id", "a\x01b", "a\x7fb",
	"\u0085", "\u00a0", "(", ")", "a,b", "NULL", "rowid", "oid", "ctid", "id; --", "if(1=1,a,b)", "$tag$", "{", "}", "=", "||", "\xbf\x27",
	"", " ", "\t", "\x00", "a\x00b", "\xff", "a\xed\xa0\x80", strings.Repeat("x", 62), strings.Repeat("y", 63), strings.Repeat("z", 64), strings.Repeat("w", 65),
	strings.Repeat("ä", 31), strings.Repeat("ä", 32), strings.Repeat("ä", 64), strings.Repeat("ж", 64), strings.Repeat("漢", 64), strings.Repeat("v", 129), strings.Repeat("u", 2000),
}

// hostileTexts are values that break out of literals.
var hostileTexts = []string{
	"'", "''", `\`, `\'`, `\\'`, `'; DROP TABLE dt_victim; --`, `"; DROP TABLE dt_victim; --`, "' OR '1'='1", "' OR 1=1 --", `\' OR 1=1 --`, "\u02bc' OR 1=1",
	"$tag$ $1 $tag$", "$$", "$1", "?", ":name", "%s", "%", "_", `%_\`, "--", "-- \n x", "/* */", "*/ ; --", ";", "x\ny", "\r\n", "\t", "\x01\x1f\x7f", "NULL", "null",
	"0", "0x10", "1e3", " 1", "+1", "-0", "１", "9223372036854775808", "a') OR 1=1--", "$.a[*]", "text); drop", "{}", "[]", "{{.}}", "${x}", "\u202E", "😀", "é",
	"e\u0301", "\ufeff", "\u0000x"[1:], "\u00bf'", "@@version", "`", "``", "]", "]]", "CHAR(39)", "0'; --", "E'\\''", "N'x'", "X'41'", "\\x41", "\\u0027", "&#39;", "%27",
	strings.Repeat("'", 500), strings.Repeat(`\`, 501), strings.Repeat("a'", 5000),
}

func hostileTests() []test {
	return []test{
		{name: "table names", doc: "A table of any name is made, used and dropped under exactly that name, or refused before anything is sent.", run: func(c *T) {
			c.eachName(func(name string) (*schema.Table, error) {
				return schema.NewTable(schema.NewMetaData(), name, plainID(), column("note", text))
			}, "note")
		}},
		{name: "column names", doc: "A column of any name is written and read, or refused before anything is sent.", run: func(c *T) {
			for _, name := range hostileNames {
				c.tryRefused(func() (*schema.Table, error) {
					return schema.NewTable(schema.NewMetaData(), "dt_named_column", plainID(), column(name, text))
				}, name)
			}
			c.allColumns()
		}},
		{name: "labels", doc: "A result's column takes any name that a column may have.", run: hostileLabels},
		{name: "aliases", doc: "A source takes any name that a table may have.", run: hostileAliases},
		{name: "constraint names", doc: "Constraints and indexes take any name, or it is refused before anything is sent.", run: hostileConstraints},
		{name: "names that differ late", doc: "Two names that differ in their last character are two tables.", run: lateNames},
		{name: "names in two cases", doc: "Names that differ in case are two columns, or refused.", run: func(c *T) {
			m := schema.NewMetaData()
			t := schema.MustTable(m, "dt_cases", plainID(), column("Note", text))
			c.create(m)
			c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "Note", "x")))
			c.wantRows(c.engine, expr.NewSelect(t.C("Note")), "x")
		}},
		{name: "values", doc: "Hostile text is stored, found and matched as it is.", run: hostileValues},
		{name: "values in raw SQL", doc: "Hostile text in a place of raw SQL is a value.", run: func(c *T) {
			c.victim()
			for _, s := range hostileTexts {
				n, err := engine.Scalar[int64](c.Context(), c.engine, expr.SQL("SELECT count(*) FROM dt_victim WHERE note = :v", expr.Named("v", s)))
				if err != nil || n != 0 {
					c.Errorf("%q: got %d, %v, want 0", s, n, err)
				}
			}
		}},
		{name: "literals", doc: "Hostile text as a DEFAULT is exactly that text.", run: hostileLiterals},
		{name: "comments", doc: "Hostile text as a comment breaks nothing.", run: hostileComments},
		{name: "labels of an enumeration", doc: "Hostile labels are stored as they are, or refused by name.", run: hostileEnum},
		{name: "stacked statements", doc: "A second statement behind the first is refused, and not run.", run: stacked},
		{name: "function names", doc: "A function's name that is no identifier is refused.", run: func(c *T) {
			for _, name := range []string{"", "abs(1); --", "a b", `"x"`, "pg_sleep(1)--", "a.b;c", "\x00"} {
				c.wantUnsent("", expr.NewSelect(&expr.Func{Name: name, Args: []expr.Expression{bindOf(bigInt, int64(1))}, Type: bigInt}))
			}
		}},
	}
}

// victim makes a table that must survive, and looks for its row at the end.
func (c *T) victim() *schema.Table {
	c.Helper()
	t := c.table("dt_victim", plainID(), column("note", text))
	c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, "note", "untouched")))
	return t
}

// eachName tries each name, with a victim beside it.
func (c *T) eachName(declare func(name string) (*schema.Table, error), noteColumn string) {
	c.Helper()
	for _, name := range hostileNames {
		c.tryName(func() (*schema.Table, error) { return declare(name) }, noteColumn)
	}
}

// tryRefused looks whether a table is refused before it is sent, and reports
// whether it is not.
func (c *T) tryRefused(declare func() (*schema.Table, error), col string) *schema.Table {
	c.Helper()
	t, err := declare()
	if err != nil {
		return nil // refused when it is declared
	}
	if _, err := compile.Element(schema.CreateTable{Table: t}, c.rules); err == nil {
		return t
	}
	if c.engine.CreateAll(c.Context(), t.MetaData()) == nil {
		c.Errorf("table %q, column %q: a name that does not compile was created", t.Name, col)
		c.drop(t.MetaData())
	}
	return nil
}

// allColumns makes one table with every legal name as a column.
func (c *T) allColumns() {
	c.Helper()
	items := []schema.TableItem{plainID()}
	var names []string
	seen := map[string]bool{"id": true}
	for _, name := range hostileNames {
		alone, err := schema.NewTable(schema.NewMetaData(), "dt_named_column", plainID(), column(name, text))
		if err != nil || seen[strings.ToLower(name)] {
			continue
		}
		if _, err := compile.Element(schema.CreateTable{Table: alone}, c.rules); err == nil {
			items, names = append(items, column(name, text)), append(names, name)
			seen[strings.ToLower(name)] = true
		}
	}
	t := c.table("dt_named_columns", items...)
	row, columns := []expr.Assignment{set(t, "id", int64(1))}, []expr.Expression{}
	for i, name := range names {
		row, columns = append(row, set(t, name, number("v", i))), append(columns, t.C(name))
	}
	c.exec(c.engine, expr.NewInsert(t).Values(row...))
	want := make([]string, len(names))
	for i, name := range names {
		want[i] = number("v", i)
		c.wantRows(c.engine, expr.NewSelect(t.C(name)).Where(str(t, name).Eq(want[i])), want[i])
	}
	c.wantRows(c.engine, expr.NewSelect(columns...), strings.Join(want, "|"))
}

// tryName makes a table, writes and reads a value in its column, and drops it.
func (c *T) tryName(declare func() (*schema.Table, error), col string) {
	c.Helper()
	t := c.tryRefused(declare, col)
	if t == nil {
		return
	}
	if err := c.engine.CreateAll(c.Context(), t.MetaData()); err != nil {
		c.Errorf("table %q, column %q: neither refused before it was sent nor created: %v", t.Name, col, err)
		return
	}
	defer c.drop(t.MetaData())
	if _, err := c.engine.Exec(c.Context(), expr.NewInsert(t).Values(set(t, "id", int64(1)), set(t, col, "x"))); err != nil {
		c.Errorf("table %q, column %q: %v", t.Name, col, err)
		return
	}
	got, err := engine.Scalar[string](c.Context(), c.engine, expr.NewSelect(t.C(col)).Where(str(t, col).Eq("x")))
	if err != nil || got != "x" {
		c.Errorf("table %q, column %q: got %q, %v, want x", t.Name, col, got, err)
	}
}

// legal reports whether the product takes the name.
func (c *T) legal(name string) bool {
	_, err := c.rules.Identifiers.Append(nil, name)
	return err == nil
}

func hostileLabels(c *T) {
	victim := c.victim()
	for _, name := range hostileNames {
		q := expr.NewSelect(str(victim, "note").As(name))
		if !c.legal(name) {
			c.wantUnsent("", q)
			continue
		}
		r, err := c.engine.Query(c.Context(), q)
		if err != nil {
			c.Errorf("label %q: %v", name, err)
			continue
		}
		if got := r.Columns()[0].Name; got != name && got != strings.TrimLeft(name, " ") { // which some products cut, and nobody reads by name
			c.Errorf("label: got %q, want %q", got, name)
		}
		r.Close()
	}
}

func hostileAliases(c *T) {
	victim := c.victim()
	for _, name := range hostileNames {
		a := &expr.Alias{Of: victim, Name: name}
		q := expr.NewSelect(&expr.Column{From: a, Name: "note", Codec: victim.Column("note").Codec}).From(a)
		if !c.legal(name) {
			c.wantUnsent("", q)
			continue
		}
		got, err := engine.Scalar[string](c.Context(), c.engine, q)
		if err != nil || got != "untouched" {
			c.Errorf("alias %q: got %q, %v", name, got, err)
		}
	}
}

func hostileConstraints(c *T) {
	c.victim()
	items := []schema.TableItem{plainID(), column("note", sqltype.String{Length: 20}), column("n", bigInt)}
	parts := func(name string) []schema.TableItem {
		return []schema.TableItem{
			schema.UniqueOn(name+"1", "note", "id"), schema.CheckOn(name+"2", expr.SQL("n > 0")), schema.IndexOn(name+"3", "n"),
		}
	}
	declare := func(more ...schema.TableItem) (*schema.Table, error) {
		return schema.NewTable(schema.NewMetaData(), "dt_constrained", slices.Concat(items, more)...)
	}
	var all []schema.TableItem
	seen := map[string]bool{}
	for _, name := range hostileNames {
		t := c.tryRefused(func() (*schema.Table, error) { return declare(parts(name)...) }, "note")
		if t != nil && c.legal(name+"3") && !seen[strings.ToLower(name)] {
			seen[strings.ToLower(name)] = true
			all = append(all, parts(name)...)
		}
	}
	for chunk := range slices.Chunk(all, 3*15) {
		c.tryName(func() (*schema.Table, error) { return declare(chunk...) }, "note")
	}
}

func lateNames(c *T) {
	limit := c.rules.Identifiers.Max
	if limit == 0 || limit > 1000 {
		limit = 200
	}
	m := schema.NewMetaData()
	m.Naming = schema.Naming{}
	var tables []*schema.Table
	for _, last := range []string{"a", "b"} {
		tables = append(tables, schema.MustTable(m, strings.Repeat("t", limit-1)+last, plainID(), column(strings.Repeat("c", limit-1)+last, text)))
	}
	c.create(m)
	for i, t := range tables {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(i))))
	}
	for i, t := range tables {
		c.wantRows(c.engine, expr.NewSelect(t.C("id")), string(rune('0'+i)))
	}
	tooLong := schema.MustTable(schema.NewMetaData(), strings.Repeat("t", limit+1), plainID())
	if c.rules.Identifiers.Max > 0 {
		c.wantUnsent("limit", expr.NewSelect(tooLong.C("id")))
	}
}

func hostileValues(c *T) {
	victim := c.victim()
	t := c.table("dt_text", plainID(), column("v", text))
	v := str(t, "v")
	for i, s := range hostileTexts {
		c.exec(c.engine, expr.NewInsert(t).Values(set(t, "id", int64(i)), set(t, "v", s)))
		got, err := engine.Scalar[string](c.Context(), c.engine, expr.NewSelect(v).Where(num(t, "id").Eq(int64(i))))
		if err != nil || got != s {
			c.Errorf("stored: got %.40q, %v, want %.40q", got, err, s)
		}
		n, err := engine.Scalar[int64](c.Context(), c.engine, expr.NewSelect(expr.CountAll()).From(t).Where(num(t, "id").Eq(int64(i)), v.Eq(s)))
		if err != nil || n != 1 {
			c.Errorf("found by equality: got %d, %v, want 1 for %.40q", n, err, s)
		}
		if len(s) > 1000 {
			continue // some products limit the length of a pattern
		}
		for how, p := range map[string]expr.Pred{"contains": v.Contains(s), "starts with": v.StartsWith(s), "ends with": v.EndsWith(s)} {
			n, err = engine.Scalar[int64](c.Context(), c.engine, expr.NewSelect(expr.CountAll()).From(t).Where(num(t, "id").Eq(int64(i)), p))
			if err != nil || n != 1 {
				c.Errorf("found by %s: got %d, %v, want 1 for %.40q", how, n, err, s)
			}
		}
	}
	c.wantRows(c.engine, expr.NewSelect(victim.C("note")), "untouched")
}

// shortTexts are the hostile texts of at most so many characters.
func shortTexts(limit int) []string {
	var out []string
	for _, s := range hostileTexts {
		if utf8.RuneCountInString(s) <= limit {
			out = append(out, s)
		}
	}
	return out
}

// inColumns makes a table with a column for each text, inserts a row, and
// compares what is in the columns with the texts.
func (c *T) inColumns(texts []string, declare func(s string) schema.TableItem, row func(t *schema.Table) []expr.Assignment) {
	c.Helper()
	items, columns := []schema.TableItem{plainID()}, []expr.Expression{}
	for _, s := range texts {
		items = append(items, declare(s))
	}
	m := schema.NewMetaData()
	t := schema.MustTable(m, "dt_columns", items...)
	if err := c.engine.CreateAll(c.Context(), m); err != nil {
		c.Errorf("%.200q: %v", texts, err)
		return
	}
	defer c.drop(m)
	for _, col := range t.Columns()[1:] {
		columns = append(columns, col.Ref())
	}
	c.exec(c.engine, expr.NewInsert(t).Values(append(row(t), set(t, "id", int64(1)))...))
	r, err := c.engine.Query(c.Context(), expr.NewSelect(columns...))
	if err != nil {
		c.Fatal(err)
	}
	defer r.Close()
	if !r.Next() {
		c.Fatal("no row")
	}
	for i, want := range texts {
		if got := string(r.Row().Text(i)); got != want {
			c.Errorf("got %.60q, want %.60q", got, want)
		}
	}
}

func hostileLiterals(c *T) {
	victim := c.victim()
	for chunk := range slices.Chunk(shortTexts(200), 30) {
		n := 0
		c.inColumns(chunk, func(s string) schema.TableItem {
			n++
			return column(number("c", n), sqltype.String{Length: 200}, schema.ServerDefaultValue(s))
		}, func(*schema.Table) []expr.Assignment { return nil })
	}
	c.wantRows(c.engine, expr.NewSelect(victim.C("note")), "untouched")
}

func hostileComments(c *T) {
	c.victim()
	for chunk := range slices.Chunk(shortTexts(1000), 30) {
		m := schema.NewMetaData()
		items := []schema.TableItem{id(), schema.TableComment(strings.Join(chunk[:3], " "))}
		for i, s := range chunk {
			items = append(items, column(number("c", i), bigInt, schema.Comment(s)))
		}
		schema.MustTable(m, "dt_talkative", items...)
		if err := c.engine.CreateAll(c.Context(), m); err != nil {
			c.Errorf("%.200q: %v", chunk, err)
		}
		c.drop(m)
	}
}

func hostileEnum(c *T) {
	c.victim()
	var legal []string
	declare := func(name, s string) schema.TableItem {
		return column(name, sqltype.Enum{Name: name, Labels: sqltype.NewLabels("other", s)})
	}
	for _, s := range shortTexts(60) {
		t := schema.MustTable(schema.NewMetaData(), "dt_labelled", plainID(), declare("v", s))
		if _, err := compile.Element(schema.CreateTable{Table: t}, c.rules); err == nil && s != "" {
			legal = append(legal, s)
		}
	}
	for chunk := range slices.Chunk(legal, 30) {
		n := 0
		c.inColumns(chunk, func(s string) schema.TableItem {
			n++
			return declare(number("dt_label", n), s)
		}, func(t *schema.Table) []expr.Assignment {
			var row []expr.Assignment
			for i, s := range chunk {
				row = append(row, set(t, number("dt_label", i+1), s))
			}
			return row
		})
	}
}

func stacked(c *T) {
	victim := c.victim()
	for _, s := range []string{"SELECT 1; DELETE FROM dt_victim", "DELETE FROM dt_victim WHERE id = 99; DELETE FROM dt_victim", ";DELETE FROM dt_victim; SELECT 1"} {
		if _, err := c.engine.Exec(c.Context(), statement(s)); err == nil {
			c.Errorf("%s: taken", s)
		}
		c.wantRows(c.engine, expr.NewSelect(victim.C("note")), "untouched")
	}
}
