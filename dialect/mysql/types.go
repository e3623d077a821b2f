package mysql

import (
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/sqltype"
)

// maxVarchar is how many characters of four bytes fit a row of 65,535 bytes.
const maxVarchar = 16383

// maxVarbinary leaves a row some room for what stands beside it.
const maxVarbinary = 65000

func (s server) unsupported(construct, instead string) error {
	return &compile.UnsupportedError{Construct: construct, Dialect: s.called(), Instead: instead}
}

func (s server) typeName(t sqltype.Type) (string, error) {
	switch t := t.(type) {
	case sqltype.Integer:
		return t.String(), nil
	case sqltype.Numeric:
		if t.Precision == 0 {
			// It would be DECIMAL(10, 0), which cuts off fractions.
			return "", s.unsupported("a NUMERIC without precision", "say how many digits it has")
		}
		return "DECIMAL(" + strconv.Itoa(t.Precision) + ", " + strconv.Itoa(t.Scale) + ")", nil
	case sqltype.Float:
		if t.Bits == 32 {
			return "FLOAT", nil
		}
		return "DOUBLE", nil
	case sqltype.String:
		return s.varchar(t)
	case sqltype.Text:
		return withCollation("LONGTEXT", t.Collation)
	case sqltype.LargeBinary:
		if t.Length > 0 && t.Length <= maxVarbinary {
			return t.String(), nil
		}
		return "LONGBLOB", nil
	case sqltype.Time:
		return t.String(), nil
	case sqltype.DateTime:
		return "DATETIME(" + strconv.Itoa(t.Precision) + ")", nil
	case sqltype.UUID:
		return s.uuid(), nil
	case sqltype.Enum:
		if t.AsText {
			return s.varchar(t.TextType())
		}
		return s.enum("ENUM", t.Labels)
	case set:
		return s.enum("SET", t.members)
	case sqltype.Array:
		return "", s.unsupported("the type "+t.String(), "use JSON or a table of its own")
	}
	if s.maria() {
		return compile.TypeNames(t, s.called(), name)
	}
	return compile.TypeNames(t, name)
}

func (s server) varchar(t sqltype.String) (string, error) {
	switch {
	case t.Length == 0:
		return "", s.unsupported("a VARCHAR without length", "give the String a length, or use LongString")
	case t.Length > maxVarchar:
		return "", s.unsupported("a VARCHAR of "+strconv.Itoa(t.Length)+" characters", "use LongString")
	case t.Fixed && t.Length > 255:
		return "", s.unsupported("a CHAR of "+strconv.Itoa(t.Length)+" characters", "leave Fixed out")
	}
	collation := t.Collation
	t.Collation = ""
	return withCollation(t.String(), collation)
}

func withCollation(text, collation string) (string, error) {
	if collation == "" {
		return text, nil
	}
	quoted, err := identifiers.Append(nil, collation)
	return text + " COLLATE " + string(quoted), err
}

func (s server) uuid() string {
	switch {
	case s.binaryUUIDs:
		return "BINARY(16)"
	case s.since(dialect.Version{}, dialect.Version{10, 7}):
		return "UUID"
	}
	return "CHAR(36)"
}

func (s server) enum(word string, list *sqltype.Labels) (string, error) {
	labels := list.All()
	for i, l := range labels {
		if word == "SET" && (l == "" || strings.Contains(l, ",")) {
			return "", s.unsupported("the member "+strconv.Quote(l)+" of a SET", "choose one without a comma")
		}
		if strings.HasSuffix(l, " ") {
			// https://dev.mysql.com/doc/refman/8.4/en/enum.html
			return "", s.unsupported("the label "+strconv.Quote(l)+", whose last space it would drop", "choose another")
		}
		text, err := s.literal(sqltype.TextValue(l), sqltype.Text{})
		if err != nil {
			return "", err
		}
		labels[i] = text
	}
	return word + "(" + strings.Join(labels, ", ") + ")", nil
}

// castName names the types that CAST takes
// (https://mariadb.com/kb/en/cast/).
func (s server) castName(t sqltype.Type) (string, error) {
	switch t := sqltype.Values(t).(type) {
	case sqltype.Integer:
		if t.Unsigned {
			return "UNSIGNED", nil
		}
		return "SIGNED", nil
	case sqltype.Boolean:
		return "SIGNED", nil
	case sqltype.Numeric:
		if t.Precision == 0 {
			return "DECIMAL(65, 30)", nil
		}
	case sqltype.Float:
		if !s.since(dialect.Version{8, 0, 17}, dialect.Version{10, 0}) {
			return "", s.unsupported("a cast to DOUBLE", "add 0.0E0")
		}
		return "DOUBLE", nil
	case sqltype.String:
		if t.Length > 0 {
			return "CHAR(" + strconv.Itoa(t.Length) + ")", nil
		}
		return "CHAR", nil
	case sqltype.Text, sqltype.Enum, set:
		return "CHAR", nil
	case sqltype.LargeBinary:
		return "BINARY", nil
	case sqltype.JSON:
		if s.maria() {
			return "CHAR", nil
		}
	case sqltype.UUID:
		return s.uuid(), nil
	}
	return s.typeName(t)
}
