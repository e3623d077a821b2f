package oracle

import (
	"strconv"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
)

// identifiers can have no double quote, quoted or not
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Database-Object-Names-and-Qualifiers.html).
var identifiers = compile.Identifiers{Open: '"', Close: '"', Max: 128, InBytes: true, Forbidden: `"`}

// server is one version.
type server struct{ dialect.Capabilities }

func (s server) booleans() bool { return s.Version.AtLeast(since23[:]...) }

func (s server) rules() *compile.Rules {
	r := compile.Base(name)
	r.Identifiers = identifiers
	r.Placeholder = func(buf []byte, n int) []byte { return strconv.AppendInt(append(buf, ':'), int64(n), 10) }
	// Two places of one name are two places to SQL, and one to PL/SQL
	// (https://docs.oracle.com/en/database/other-databases/timesten/22.1/sql-reference/duplicate-parameter-names.html).
	r.RepeatsPlaceholders = true
	r.TypeName, r.CastName = s.typeName, s.castName
	r.Literal = s.literal
	r.Operators = operators
	r.Expr = expressionRules()
	r.Functions = map[string]string{"char_length": "LENGTH", "array_agg": "", "mode": ""}
	r.Limit = limit
	r.AliasWord = " "
	// https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/Database-Objects.html
	r.OtherDatabases = compile.DatabaseLink
	r.Lock, r.Tuples = lock, compile.TuplesInLists
	r.Query = s.queryRules(r.Query)
	if !s.booleans() {
		r.True, r.False, r.NoBooleans = "1", "0", true
		r.NoSource = " FROM DUAL"
		r.MaxRows = 1
	}
	r.DML.FirstRow = expr.SQL("ROWNUM = 1").Pred()
	r.Returning = compile.ReturningSupport{Insert: true, IntoParameters: true}
	// https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/MERGE.html
	r.Merge = &compile.MergeRules{OneEach: true, FixedKeys: true}
	r.Conflict = compile.ConflictRules{ByMerge: true, Excluded: compile.ExcludedRow}
	r.DefaultRow = ""
	r.NextValue = nextValue
	r.DDL = s.ddlRules()
	return r
}

var operators = map[expr.Op]func(*compile.Compiler, expr.Expression){
	expr.OpMod:           call("MOD"),
	expr.OpDiv:           infix(" / "),
	expr.OpIntDiv:        integerDivision,
	expr.OpBitAnd:        call("BITAND"),
	expr.OpBitOr:         bitOr,
	expr.OpBitXor:        bitXor,
	expr.OpShiftLeft:     shift(" * ", ""),
	expr.OpShiftRight:    shift(" / ", "FLOOR"),
	expr.OpBitNot:        bitNot,
	expr.OpIsDistinct:    decode("1"),
	expr.OpIsNotDistinct: decode("0"),
}

func infix(text string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		if b, ok := x.(*expr.Binary); ok {
			c.Infix(b, text)
		}
	}
}

func call(function string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		if b, ok := x.(*expr.Binary); ok {
			c.Call(function, b.L, b.R)
		}
	}
}

func integerDivision(c *compile.Compiler, x expr.Expression) {
	c.Text("TRUNC(")
	infix(" / ")(c, x)
	c.Text(")")
}

// bitOr writes a | b as a + b - BITAND(a, b).
func bitOr(c *compile.Compiler, x expr.Expression) {
	b, ok := x.(*expr.Binary)
	if !ok {
		return
	}
	c.Text("(")
	c.Operand(b.L, expr.OpSub, false)
	c.Text(" + ")
	c.Operand(b.R, expr.OpSub, true)
	c.Text(" - ")
	c.Call("BITAND", b.L, b.R)
	c.Text(")")
}

// bitNot writes ~a as -1 - a.
func bitNot(c *compile.Compiler, x expr.Expression) {
	u, ok := x.(*expr.Unary)
	if !ok {
		return
	}
	c.Text("(-1 - ")
	c.Operand(u.X, expr.OpSub, true)
	c.Text(")")
}

// decode compares two values by DECODE, to which NULL is equal to NULL
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/DECODE.html).
func decode(differs string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		b, ok := x.(*expr.Binary)
		if !ok {
			return
		}
		c.Text("DECODE(")
		c.Expression(b.L)
		c.Text(", ")
		c.Expression(b.R)
		c.Text(", 0, 1) = " + differs)
	}
}

// limit writes FETCH, beside which there are no locks.
func limit(c *compile.Compiler, p expr.Parts) {
	if p.Lock.Strength != expr.NoLock {
		c.Unsupported("FOR UPDATE beside LIMIT or OFFSET", "select the keys first, and lock the rows by them")
		return
	}
	compile.OffsetFetch(c, p)
}

// lock writes FOR UPDATE, whose OF names columns instead of tables
// (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/SELECT.html).
func lock(c *compile.Compiler, l expr.Lock) {
	switch {
	case l.Strength == expr.ForShare:
		c.Unsupported("FOR SHARE", "use ForUpdate")
	case len(l.Of) > 0:
		c.Unsupported("FOR UPDATE OF tables", "lock all tables of the statement")
	default:
		compile.LockClause(c, l)
	}
}

func nextValue(c *compile.Compiler, s *schema.Sequence) {
	c.SequenceName(s)
	c.Text(".NEXTVAL")
}
