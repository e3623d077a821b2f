package mysql

import (
	"slices"
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// indexTerm reads a row of reflectIndexes: a term of an index. The primary key
// has no name that anybody gave it.
func (r *reflection) indexTerm(t *described, row sqltype.Row) {
	name, column := string(row.Text(1)), string(row.Text(3))
	if name == "PRIMARY" {
		if t.PrimaryKey == nil {
			t.PrimaryKey = &dialect.ReflectedKey{}
			t.firsts[column] = true
		}
		t.PrimaryKey.Columns = append(t.PrimaryKey.Columns, column)
		return
	}
	kind := string(row.Text(6))
	if last := len(t.Indexes) - 1; last < 0 || t.Indexes[last].Name != name {
		ix := dialect.ReflectedIndex{Name: name, Unique: row.Int64(2) == 0, Options: map[string]string{}, Comment: string(row.Text(8))}
		switch {
		case kind == "FULLTEXT", kind == "SPATIAL":
			ix.Options["mysql.kind"] = kind
		case kind == "HASH" && t.engine == "InnoDB":
			t.Beyond = append(t.Beyond, "has the unique key "+strconv.Quote(name)+" over a column without limit")
		case kind != "BTREE":
			ix.Options["mysql.using"] = kind
		}
		t.Indexes = append(t.Indexes, ix)
		if kind == "BTREE" && ix.Unique {
			t.firsts[column] = true
		}
	}
	ix := &t.Indexes[len(t.Indexes)-1]
	if part := row.Int64(4); part > 0 && kind != "SPATIAL" {
		ix.Options["mysql.length."+column] = strconv.FormatInt(part, 10)
	}
	ix.Terms = append(ix.Terms, dialect.ReflectedTerm{Column: column, Expression: string(row.Text(7)), Descending: string(row.Text(5)) == "D"})
}

var reflectedActions = map[string]schema.Action{
	"NO ACTION": schema.NoAction, "RESTRICT": schema.Restrict, "CASCADE": schema.Cascade, "SET NULL": schema.SetNull, "SET DEFAULT": schema.SetDefault,
}

// foreignKey reads a row of reflectForeignKeys: a column of one.
func (r *reflection) foreignKey(t *described, row sqltype.Row) {
	name, schemaName := string(row.Text(1)), string(row.Text(3))
	if last := len(t.ForeignKeys) - 1; last < 0 || t.ForeignKeys[last].Name != name {
		if schemaName == r.actual {
			schemaName = r.asked
		}
		t.ForeignKeys = append(t.ForeignKeys, dialect.ReflectedForeignKey{
			Name: name, RefSchema: schemaName, RefTable: string(row.Text(4)),
			OnDelete: reflectedActions[string(row.Text(6))], OnUpdate: reflectedActions[string(row.Text(7))],
		})
	}
	fk := &t.ForeignKeys[len(t.ForeignKeys)-1]
	fk.Columns, fk.RefColumns = append(fk.Columns, string(row.Text(2))), append(fk.RefColumns, string(row.Text(5)))
}

// checkConstraint reads a row of the checks. One of a column has its name:
// MariaDB's JSON is text that is checked, and its computed columns are NOT NULL
// by a check.
func (r *reflection) checkConstraint(t *described, row sqltype.Row) {
	name, clause := string(row.Text(1)), string(row.Text(2))
	if c := t.column(name); c != nil && row.Int64(3) != 0 {
		own, err := quoted("", name)
		switch {
		case err != nil:
		case clause == "json_valid("+own+")" && c.Type.Kind() == sqltype.KindText:
			c.SQL, c.Type, c.Unknown = "json", sqltype.JSON{}, false
			return
		case clause == own+" is not null" && c.Computed != "":
			c.Nullable = false
			return
		}
	}
	if !r.maria() {
		clause = strings.ReplaceAll(clause, `\'`, `'`)
	}
	t.Checks = append(t.Checks, dialect.ReflectedCheck{Name: name, Condition: clause})
}

func (t *described) column(name string) *dialect.ReflectedColumn {
	for i := range t.Columns {
		if t.Columns[i].Name == name {
			return &t.Columns[i]
		}
	}
	return nil
}

// finish tells unique constraints from indexes, which are the same here, and
// what the server has made for foreign keys.
func (t *described) finish() {
	indexes := t.Indexes
	t.Indexes = nil
	for _, ix := range indexes {
		columns, plain := plainColumns(&ix)
		if ix.Unique && plain {
			t.Uniques = append(t.Uniques, dialect.ReflectedKey{Name: ix.Name, Columns: columns, Comment: ix.Comment})
			continue
		}
		ix.Implied = plain && slices.ContainsFunc(t.ForeignKeys, func(fk dialect.ReflectedForeignKey) bool {
			return fk.Name == ix.Name && slices.Equal(fk.Columns, columns)
		})
		t.Indexes = append(t.Indexes, ix)
	}
	for i := range t.Columns {
		if c := &t.Columns[i]; c.Generated && !t.firsts[c.Name] {
			t.Beyond = append(t.Beyond, "has the AUTO_INCREMENT "+strconv.Quote(c.Name)+" that is the first column of no unique key")
		}
	}
}

func plainColumns(ix *dialect.ReflectedIndex) (columns []string, plain bool) {
	for _, term := range ix.Terms {
		if term.Column == "" || term.Descending {
			return nil, false
		}
		columns = append(columns, term.Column)
	}
	return columns, len(ix.Options) == 0
}

// unqualified takes the schema of the view off the names in its query, so that
// it can be made in another one.
func (r *reflection) unqualified(query string) string {
	own, err := quoted("", r.actual)
	if err != nil {
		return query
	}
	own += "."
	var out strings.Builder
	for i := 0; i < len(query); {
		switch c := query[i]; {
		case strings.HasPrefix(query[i:], own):
			i += len(own)
			n := quotedLength(query[i:])
			out.WriteString(query[i : i+n])
			i += n
		case c == '`' || c == '\'' || c == '"':
			n := quotedLength(query[i:])
			out.WriteString(query[i : i+n])
			i += n
		default:
			out.WriteByte(c)
			i++
		}
	}
	return out.String()
}

// quotedLength returns the length of what begins with a quote: a doubled one, and
// in text one behind a backslash, is a part of it.
func quotedLength(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && s[0] != '`':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return len(s)
}
