package mysql

import (
	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// nestedRows are arrays that MariaDB orders and limits, and cuts off at
// group_concat_max_len (https://mariadb.com/kb/en/json_arrayagg/). That of MySQL
// has no order (https://dev.mysql.com/doc/refman/8.4/en/aggregate-functions.html).
func (s server) nestedRows() *compile.NestedRules {
	if !s.since(dialect.Version{}, dialect.Version{10, 5}) {
		return nil
	}
	return &compile.NestedRules{Aggregate: "JSON_ARRAYAGG", Row: "JSON_ARRAY", InPlace: true, Cell: s.nestedCell}
}

// nestedCell casts a FLOAT, of which six digits would be written, and documents,
// which would become part of the row's.
func (s server) nestedCell(c *compile.Compiler, x expr.Expression, t sqltype.Type) {
	_, uuid := t.(sqltype.UUID)
	switch k := t.Kind(); {
	case k == sqltype.KindBytes, uuid && s.binaryUUIDs:
		c.Text("CONCAT('0x', HEX(")
		c.Expression(x)
		c.Text("))")
	case k == sqltype.KindFloat64:
		c.CastAs(x, "DOUBLE")
	case k == sqltype.KindDecimal, k == sqltype.KindJSON, uuid:
		c.CastAs(x, "CHAR")
	default:
		c.Expression(x)
	}
}
