package postgres

import (
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// identifiers end at NAMEDATALEN - 1 bytes; the server cuts longer ones
// (https://www.postgresql.org/docs/current/sql-syntax-lexical.html).
var identifiers = compile.Identifiers{Open: '"', Close: '"', Max: 63, InBytes: true}

func newRules(caps dialect.Capabilities) *compile.Rules {
	r := compile.Base(name)
	r.Identifiers = identifiers
	r.Placeholder = func(buf []byte, n int) []byte { return strconv.AppendInt(append(buf, '$'), int64(n), 10) }
	r.ReusesPlaceholders = true
	r.TypeName, r.CastName, r.Stored = typeName, castName, stored
	r.BindCast = bindCast
	r.Literal, r.LiteralCast = literal, literalCast
	r.Operators = map[expr.Op]func(*compile.Compiler, expr.Expression){
		expr.OpBitXor:   infix(" # "),
		expr.OpILike:    like(" ILIKE "),
		expr.OpNotILike: like(" NOT ILIKE "),
	}
	r.Expr = expressionRules(caps)
	r.Lock = lock
	r.Query = queryRules(r.Query)
	r.Conflict = conflictRules
	r.Overriding = func(c *compile.Compiler) { c.Text(" OVERRIDING SYSTEM VALUE") }
	r.DML = compile.DMLRules{
		UpdateOthers: compile.OthersBehind, DeleteOthers: compile.OthersBehind, UpdateReturnsOthers: true, DeleteReturnsOthers: true,
		ManyByKey: compile.ManyByKey{Sent: carried, Matches: matched, Lists: matched},
	}
	r.Returning = compile.ReturningSupport{Insert: true, Update: true, Delete: true}
	r.Merge = mergeRules(caps.Version)
	r.NextValue = nextValue
	r.ArrayCast = arrayCast
	r.CopyRows = " FROM STDIN (FORMAT binary)"
	r.DDL = ddlRules(caps.Version)
	return r
}

func like(text string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		if b, ok := x.(*expr.Binary); ok {
			c.Infix(b, text)
			c.Escape(b)
		}
	}
}

// bindCast casts the one kind of number whose parameter has no type of its own,
// and which the server would take for an integer beside another. Text has none
// either, and must not be cast: the server takes its type from its place, which
// may be an enumeration.
func bindCast(t sqltype.Type) string {
	if i, ok := t.(sqltype.Integer); ok && i.Unsigned && i.Bits == 64 {
		return "NUMERIC"
	}
	return ""
}

func nextValue(c *compile.Compiler, s *schema.Sequence) {
	text, err := nextval(c.Rules().Sequence(s))
	if err != nil {
		c.Fail(err)
	}
	c.Text(text)
}

func nextval(s *schema.Sequence) (string, error) {
	ref, err := reference(s.Schema, s.Name)
	if err != nil {
		return "", err
	}
	return "nextval(" + ref + ")", nil
}

// reference returns a literal that the type regclass and its kin read as the
// name of a relation.
func reference(schemaName, relation string) (string, error) {
	var buf []byte
	var err error
	if schemaName != "" {
		if buf, err = identifiers.Append(buf, schemaName); err != nil {
			return "", err
		}
		buf = append(buf, '.')
	}
	if buf, err = identifiers.Append(buf, relation); err != nil {
		return "", err
	}
	return compile.QuoteText(string(buf), sqltype.Text{})
}
