package mssql

import (
	"strconv"
	"unicode/utf16"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

const (
	// maxName is the length of sysname, in UTF-16 units
	// (https://learn.microsoft.com/sql/relational-databases/databases/database-identifiers).
	maxName = 128
	// maxParameters is 2,100, less the two that sp_executesql takes for itself
	// (https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server).
	maxParameters = 2098
	// maxRows is how many rows one VALUES can have
	// (https://learn.microsoft.com/sql/t-sql/queries/table-value-constructor-transact-sql).
	maxRows = 1000
)

var identifiers = compile.Identifiers{Open: '[', Close: ']', Max: maxName, Refused: func(name string) string {
	if len(utf16.Encode([]rune(name))) > maxName {
		return "has more than 128 UTF-16 units"
	}
	return ""
}}

func newRules(c dialect.Capabilities) *compile.Rules {
	r := compile.Base(name)
	r.OtherDatabases = compile.DatabaseBefore
	r.Identifiers = identifiers
	r.Placeholder = func(buf []byte, n int) []byte { return strconv.AppendInt(append(buf, "@p"...), int64(n), 10) }
	r.ReusesPlaceholders = true
	r.MaxParameters, r.MaxRows = maxParameters, maxRows
	r.TypeName, r.CastName = typeName, castName
	r.Literal = literal
	r.Operators = operators(c)
	r.Expr = expressionRules(c)
	r.Functions = functions
	r.True, r.False, r.NoBooleans = "CAST(1 AS BIT)", "CAST(0 AS BIT)", true
	r.Tuples = compile.NoTuples
	r.BeforeColumns, r.Limit = top, offset
	r.NullsOrder = false
	r.DML = compile.DMLRules{
		UpdateOthers: compile.OthersWithTable, DeleteOthers: compile.OthersWithTable, UpdateReturnsOthers: true, DeleteReturnsOthers: true,
	}
	r.Query = queryRules(r.Query, c)
	r.Returning = compile.ReturningSupport{Insert: true, Update: true, Delete: true, Output: output}
	r.Around = around
	r.Overriding = func(*compile.Compiler) {} // SET IDENTITY_INSERT does
	r.MergeInsert = true
	// Two statements that look for the same key at once both find none, unless the
	// first keeps its place in the index
	// (https://learn.microsoft.com/sql/t-sql/statements/merge-transact-sql).
	r.Merge = &compile.MergeRules{
		Hint: " WITH (HOLDLOCK)", Conditions: true, BySource: true, Delete: true, DefaultRow: true, OneEach: true, Returning: true, Action: "$action", ValuesSource: true,
	}
	r.Conflict = compile.ConflictRules{ByMerge: true, Excluded: compile.ExcludedRow}
	r.NextValue = nextValue
	r.DDL = ddlRules()
	return r
}

// functions that count trailing blanks elsewhere are refused: LEN does not.
var functions = map[string]string{"length": "", "char_length": "", "ceil": "CEILING", "substr": "SUBSTRING", "array_agg": "", "mode": ""}

// top writes a LIMIT without OFFSET, which needs no order and may be 0
// (https://learn.microsoft.com/sql/t-sql/queries/top-transact-sql).
func top(c *compile.Compiler, p expr.Parts) {
	if p.Limit == nil || p.Offset != nil {
		return
	}
	c.Text("TOP (")
	c.Expression(p.Limit)
	c.Text(") ")
	if p.Percent {
		c.Text("PERCENT ")
	}
	if p.Ties {
		c.Text("WITH TIES ")
	}
}

// offset writes an OFFSET, which is part of ORDER BY
// (https://learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql).
func offset(c *compile.Compiler, p expr.Parts) {
	switch {
	case p.Offset == nil:
		return
	case len(p.OrderBy) > 0:
	case p.Distinct:
		c.Unsupported("OFFSET in a SELECT DISTINCT without an order", "add OrderBy")
		return
	default:
		c.Text(" ORDER BY (SELECT NULL)")
	}
	compile.OffsetFetch(c, p)
}

// returned is the table variable through which rows come back from a table with
// triggers. Its columns are c1, c2, …
const returned = "@returned"

func output(c *compile.Compiler, w compile.Write) {
	image := "inserted"
	if w.Verb == expr.VerbDelete {
		image = "deleted"
	}
	c.Text(" OUTPUT ")
	c.Imaged(image, func() { compile.List(c, ", ", w.Returning, c.Selected) })
	if hasTriggers(w.Table) {
		c.Text(" INTO " + returned)
	}
}

// around surrounds a statement with what has to be in the same text: settings
// and variables end with it
// (https://learn.microsoft.com/sql/t-sql/statements/set-identity-insert-transact-sql).
func around(c *compile.Compiler, w compile.Write, write func()) {
	through := len(w.Returning) > 0 && hasTriggers(w.Table)
	explicit := (w.Verb == expr.VerbInsert || w.Verb == expr.VerbMerge) && identitySent(c, w)
	if through {
		declareReturned(c, w)
	}
	if explicit {
		identityInsert(c, w.Table, " ON; ")
	}
	write()
	if w.Merge || explicit || through {
		c.Text(";") // which a MERGE has to end with
	}
	if explicit {
		c.Text(" ")
		identityInsert(c, w.Table, " OFF")
		if through {
			c.Text(";")
		}
	}
	if through {
		c.Text(" SELECT ")
		numbered(c, len(w.Returning), func(int) {})
		c.Text(" FROM " + returned)
	}
}

func identityInsert(c *compile.Compiler, t *schema.Table, state string) {
	c.Text("SET IDENTITY_INSERT ")
	c.TableName(t)
	c.Text(state)
}

func declareReturned(c *compile.Compiler, w compile.Write) {
	c.Text("SET NOCOUNT ON; DECLARE " + returned + " TABLE (")
	numbered(c, len(w.Returning), func(i int) {
		t, _ := c.Rules().Resolve(w.Returning[i].SQLType())
		text, err := castName(t)
		if err != nil {
			c.Fail(err)
		}
		c.Text(" " + text)
	})
	c.Text("); ")
}

func numbered(c *compile.Compiler, n int, after func(i int)) {
	for i := range n {
		if i > 0 {
			c.Text(", ")
		}
		c.Text("c" + strconv.Itoa(i+1))
		after(i)
	}
}

func nextValue(c *compile.Compiler, s *schema.Sequence) {
	c.Text("NEXT VALUE FOR ")
	c.SequenceName(s)
}

// isText reports whether + joins values of the type instead of adding them.
func isText(t sqltype.Type) bool {
	switch t.(type) {
	case sqltype.String, sqltype.Text, sqltype.Enum, sqltype.JSON:
		return true
	}
	return false
}
