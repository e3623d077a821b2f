package mysql

import (
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// column reads a row of reflectColumns.
func (r *reflection) column(t *described, row sqltype.Row) {
	c := dialect.ReflectedColumn{
		Name: string(row.Text(1)), SQL: string(row.Text(2)), Nullable: string(row.Text(4)) == "YES", Comment: string(row.Text(8)), Options: map[string]string{},
	}
	collation := string(row.Text(10))
	if collation == t.collation {
		collation = ""
	}
	c.Type, c.Unknown = r.typeOf(c.SQL, string(row.Text(3)), collation, int(row.Int64(11)))
	if collation != "" {
		c.SQL += " COLLATE " + collation
	}
	if row.Int64(6) != 0 {
		c.Default = r.defaultText(&c, string(row.Text(5)), string(row.Text(7)))
	}
	c.Computed = string(row.Text(9))
	r.extra(t, &c, string(row.Text(7)))
	t.Columns = append(t.Columns, c)
}

// defaultText returns the default as SQL. MariaDB tells that; MySQL tells
// constants without their quotes
// (https://dev.mysql.com/doc/refman/8.4/en/information-schema-columns-table.html).
func (r *reflection) defaultText(c *dialect.ReflectedColumn, text, extra string) string {
	switch {
	case r.maria():
		if text == "NULL" {
			return ""
		}
		return text
	case strings.Contains(extra, "DEFAULT_GENERATED"), strings.HasPrefix(text, "b'"):
		return text
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && c.Type.Kind() != sqltype.KindText {
		return text
	}
	quoted, err := r.literal(sqltype.TextValue(text), sqltype.Text{})
	if err != nil { // no catalog has such a text
		return ""
	}
	return quoted
}

// extra takes the words that the server has for what no column of its catalog
// tells.
func (r *reflection) extra(t *described, c *dialect.ReflectedColumn, extra string) {
	words := strings.ReplaceAll(extra, "DEFAULT_GENERATED", "")
	lower := strings.ToLower(words)
	if i := strings.Index(lower, "on update current_timestamp"); i >= 0 {
		c.Options[optionOnUpdate], c.FetchedOnUpdate = "CURRENT_TIMESTAMP", true
		end := i + len("on update current_timestamp")
		rest := words[end:]
		if strings.HasPrefix(rest, "(") {
			_, rest, _ = strings.Cut(rest, ")")
		}
		words = words[:i] + rest
	}
	switch strings.ToUpper(strings.Trim(strings.TrimSpace(words), ", ")) {
	case "":
	case "AUTO_INCREMENT":
		c.Generated = true
	case "STORED GENERATED", "PERSISTENT":
		c.Storage = schema.Stored
	case "VIRTUAL GENERATED", "VIRTUAL":
		c.Storage = schema.Virtual
	default:
		t.Beyond = append(t.Beyond, "has the column "+strconv.Quote(c.Name)+" that is "+strings.TrimSpace(words))
	}
}

// displayWidths are the widths that servers tell of integers for which the
// program says none.
var displayWidths = map[string]struct{ bits, signed, unsigned int }{
	"tinyint": {8, 4, 3}, "smallint": {16, 6, 5}, "mediumint": {24, 9, 8}, "int": {32, 11, 10}, "bigint": {64, 20, 20},
}

var reflectedTypes = map[string]sqltype.Type{
	"float": sqltype.Float{Bits: 32}, "double": sqltype.Float{Bits: 64}, "date": sqltype.Date{}, "longtext": sqltype.Text{}, "longblob": sqltype.LargeBinary{},
	"tinytext": TINYTEXT(), "text": sqltype.TEXT(), "mediumtext": MEDIUMTEXT(), "tinyblob": TINYBLOB(), "blob": sqltype.BLOB(), "mediumblob": MEDIUMBLOB(),
	"json": sqltype.JSON{}, "inet4": INET4(), "inet6": INET6(), "year(4)": YEAR(), "year": YEAR(), "tinyint(1)": sqltype.Boolean{},
}

// typeOf returns the library's type of the words, or one that is called by them
// and whose values are those of the nearest that it has.
func (r *reflection) typeOf(words, data, collation string, length int) (t sqltype.Type, unknown bool) {
	switch t := r.plainType(words, data, length).(type) {
	case nil:
	case sqltype.Text:
		t.Collation = collation
		return t, false
	case sqltype.String:
		t.Collation = collation
		return t, false
	default:
		if collation == "" {
			return t, false
		}
		return sqltype.UnsafeExactly(words+" COLLATE "+collation, sqltype.Values(t)).On(name), false
	}
	if collation != "" {
		words += " COLLATE " + collation
	}
	of, known := nearest(words, data)
	return sqltype.UnsafeExactly(words, of).On(name), !known
}

// plainType returns the type of words that the library writes for it, or nil.
func (r *reflection) plainType(words, data string, length int) sqltype.Type {
	if t := reflectedTypes[words]; t != nil {
		return t
	}
	if w, is := displayWidths[data]; is {
		return integerOf(words, data, w.bits, w.signed, w.unsigned)
	}
	first, second := numbersIn(words)
	switch data {
	case "decimal":
		if !strings.HasSuffix(words, ")") { // unsigned, zerofill
			return nil
		}
		return sqltype.Numeric{Precision: first, Scale: second}
	case "bit":
		return BIT(first)
	case "char", "varchar":
		if length == 0 || length > maxVarchar {
			return nil
		}
		return sqltype.String{Length: length, Fixed: data == "char"}
	case "binary", "varbinary":
		if first == 0 || first > maxVarbinary {
			return nil
		}
		return sqltype.LargeBinary{Length: first, Fixed: data == "binary"}
	case "time":
		return sqltype.Time{Precision: first}
	case "datetime":
		return sqltype.DateTime{Precision: first}
	case "timestamp":
		return sqltype.TIMESTAMP(first)
	case "enum":
		return sqltype.Enum{Labels: sqltype.NewLabels(labelsIn(words)...)}
	case "set":
		return SET(labelsIn(words)...)
	case "uuid":
		if r.uuid() == "UUID" {
			return sqltype.UUID{}
		}
	}
	return nil
}

func integerOf(words, data string, bits, signed, unsigned int) sqltype.Type {
	t := sqltype.Integer{Bits: bits}
	width := signed
	rest, isUnsigned := strings.CutSuffix(words, " unsigned")
	if isUnsigned {
		t.Unsigned, width = true, unsigned
	}
	if rest == data || rest == data+"("+strconv.Itoa(width)+")" {
		return t
	}
	return nil
}

// nearest returns the type whose values those of the words are.
func nearest(words, data string) (t sqltype.Type, known bool) {
	first, second := numbersIn(words)
	unsigned := strings.Contains(words, "unsigned")
	if w, is := displayWidths[data]; is {
		return sqltype.Integer{Bits: w.bits, Unsigned: unsigned}, true
	}
	switch data {
	case "decimal":
		return sqltype.Numeric{Precision: first, Scale: second}, true
	case "float", "double":
		return sqltype.Float{Bits: 64}, true
	case "char", "varchar":
		return sqltype.Text{}, true
	case "binary", "varbinary":
		return sqltype.LargeBinary{Length: first}, true
	case "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "vector":
		return sqltype.LargeBinary{}, false
	}
	return sqltype.Text{}, false
}

// numbersIn returns the numbers in the parentheses of a type.
func numbersIn(words string) (first, second int) {
	_, list, _ := strings.Cut(words, "(")
	list, _, _ = strings.Cut(list, ")")
	a, b, _ := strings.Cut(list, ",")
	first, _ = strconv.Atoi(a)
	second, _ = strconv.Atoi(b)
	return first, second
}

// labelsIn returns the labels of an ENUM or SET: quotes are doubled, and some
// characters stand behind a backslash.
func labelsIn(words string) []string {
	var labels []string
	var label strings.Builder
	in := false
	for i := 0; i < len(words); i++ {
		switch c := words[i]; {
		case !in:
			in = c == '\''
		case c == '\'' && i+1 < len(words) && words[i+1] == '\'':
			label.WriteByte(c)
			i++
		case c == '\'':
			labels, in = append(labels, label.String()), false
			label.Reset()
		case c == '\\' && i+1 < len(words):
			i++
			label.WriteByte(unescaped(words[i]))
		default:
			label.WriteByte(c)
		}
	}
	return labels
}

func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case '0':
		return 0
	}
	return c
}
