package mysql

import (
	"strconv"
	"strings"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// noLimit is as many rows as a server can count.
const noLimit = " LIMIT 18446744073709551615"

// identifiers follow https://mariadb.com/kb/en/identifier-names/ and
// https://dev.mysql.com/doc/refman/8.4/en/identifiers.html.
var identifiers = compile.Identifiers{Open: '`', Close: '`', Max: 64, Refused: func(name string) string {
	if strings.TrimRight(name, " \t\n\v\f\r") != name {
		return "ends with a blank"
	}
	for _, r := range name {
		if r > 0xFFFF {
			return "has a character beyond U+FFFF"
		}
	}
	return ""
}}

// server is one product in one version.
type server struct {
	dialect.Capabilities
	mysql
}

func (s server) maria() bool { return s.Product == mariaDB }

// called is the product's name in messages.
func (s server) called() string {
	if s.maria() {
		return "mariadb"
	}
	return name
}

// since reports whether the server is at least MySQL of the first version or
// MariaDB of the second; a major version of 0 is never.
func (s server) since(inMySQL, inMariaDB dialect.Version) bool {
	v := inMySQL
	if s.maria() {
		v = inMariaDB
	}
	return v[0] > 0 && s.Version.AtLeast(v[:]...)
}

func (m mysql) rules(c dialect.Capabilities) *compile.Rules {
	s := server{c, m}
	r := compile.Base(s.called())
	if s.maria() {
		r.Parent = name
	}
	r.Identifiers = identifiers
	r.TypeName, r.CastName = s.typeName, s.castName
	r.BindCast = bindCast
	r.Literal = s.literal
	r.Operators = operators
	r.Expr = s.expressionRules()
	r.Functions = map[string]string{"array_agg": ""}
	if s.maria() {
		r.Functions["grouping"] = ""
	}
	r.Limit = limit
	r.NullsOrder, r.FullJoin = false, false
	r.Lock = s.lock
	r.Query = s.queryRules(r.Query)
	r.Conflict = s.conflictRules()
	r.DML = compile.DMLRules{
		UpdateOthers: compile.OthersBeside, DeleteOthers: compile.OthersBeside, LimitsWrites: true, AssignsInOrder: true, ValuesSeeRow: true,
	}
	// https://dev.mysql.com/doc/refman/8.4/en/subquery-errors.html (1093),
	// https://mariadb.com/kb/en/update/, https://mariadb.com/kb/en/delete/
	r.DML.UpdateHidesTable = !s.since(dialect.Version{}, dialect.Version{10, 3, 1})
	r.DML.DeleteHidesTable = !s.since(dialect.Version{}, dialect.Version{11, 1})
	r.DML.NoLimit = noLimit
	r.DML.ManyByKey = s.manyByKey()
	r.Returning = compile.ReturningSupport{
		Insert: s.since(dialect.Version{}, dialect.Version{10, 5}),
		Delete: s.since(dialect.Version{}, dialect.Version{10, 0}),
	}
	r.DefaultRow = "() VALUES ()"
	if c.Sequences {
		r.NextValue = nextValue
	}
	r.DDL = s.ddlRules()
	return r
}

var operators = map[expr.Op]func(*compile.Compiler, expr.Expression){
	expr.OpIsDistinct: func(c *compile.Compiler, x expr.Expression) {
		c.Text("NOT (")
		infix(" <=> ")(c, x)
		c.Text(")")
	},
	expr.OpIsNotDistinct: infix(" <=> "),
	expr.OpConcat:        concat,
	expr.OpDiv:           infix(" / "),
	expr.OpIntDiv:        infix(" DIV "),
	expr.OpNeg:           negate,
	expr.OpBitAnd:        signed(infix(" & ")),
	expr.OpBitOr:         signed(infix(" | ")),
	expr.OpBitXor:        signed(infix(" ^ ")),
	expr.OpShiftLeft:     signed(infix(" << ")),
	expr.OpShiftRight:    shiftRight,
	expr.OpBitNot: signed(func(c *compile.Compiler, x expr.Expression) {
		if u, ok := x.(*expr.Unary); ok {
			c.Prefix(u, "~")
		}
	}),
}

// bindCast casts exact numbers: they travel as text, and text beside a number
// makes both of them floating-point numbers
// (https://mariadb.com/kb/en/type-conversion/).
func bindCast(t sqltype.Type) string {
	n, ok := t.(sqltype.Numeric)
	switch {
	case !ok:
		return ""
	case n.Precision == 0:
		return "DECIMAL(65, 30)"
	}
	return "DECIMAL(" + strconv.Itoa(n.Precision) + ", " + strconv.Itoa(n.Scale) + ")"
}

func infix(text string) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		if b, ok := x.(*expr.Binary); ok {
			c.Infix(b, text)
		}
	}
}

// signed turns the unsigned result of a bit operator into what other products
// give.
func signed(write func(*compile.Compiler, expr.Expression)) func(*compile.Compiler, expr.Expression) {
	return func(c *compile.Compiler, x expr.Expression) {
		c.Text("CAST(")
		write(c, x)
		c.Text(" AS SIGNED)")
	}
}

// concat writes a || b as CONCAT(a, b): || is OR.
func concat(c *compile.Compiler, x expr.Expression) {
	c.Call("CONCAT", concatenated(nil, x)...)
}

func concatenated(parts []expr.Expression, x expr.Expression) []expr.Expression {
	if b, ok := expr.Unwrap(x).(*expr.Binary); ok && b.Op == expr.OpConcat {
		return concatenated(concatenated(parts, b.L), b.R)
	}
	return append(parts, x)
}

// negate writes -x as 0 - x for integers: of a constant, which a bound value is
// too, MariaDB makes a DECIMAL.
func negate(c *compile.Compiler, x expr.Expression) {
	u, ok := x.(*expr.Unary)
	if !ok {
		return
	}
	if _, integer := schema.IntegerType(u.SQLType()); !integer {
		c.Prefix(u, "-")
		return
	}
	c.Text("(0 - ")
	c.Operand(u.X, expr.OpSub, true)
	c.Text(")")
}

// limit writes OFFSET behind the largest LIMIT, as OFFSET can't stand alone
// (https://dev.mysql.com/doc/refman/8.4/en/select.html).
func limit(c *compile.Compiler, p expr.Parts) {
	if p.Limit == nil {
		c.Text(noLimit)
	}
	compile.LimitOffset(c, p)
}

// lock writes the locking clause: MariaDB has no OF, and spells FOR SHARE as
// MySQL once did.
func (s server) lock(c *compile.Compiler, l expr.Lock) {
	if l.AtLeast && !s.since(dialect.Version{8, 0, 1}, dialect.Version{}) {
		l.Of = nil
	}
	switch {
	case len(l.Of) > 0 && !s.since(dialect.Version{8, 0, 1}, dialect.Version{}):
		c.Unsupported("FOR UPDATE OF", "lock all tables of the statement")
	case l.Wait == expr.SkipLocked && !s.since(dialect.Version{8, 0, 1}, dialect.Version{10, 6}):
		c.Unsupported("SKIP LOCKED", "use NoWait or wait")
	case l.Wait == expr.NoWait && !s.since(dialect.Version{8, 0, 1}, dialect.Version{10, 3}):
		c.Unsupported("NOWAIT", "set innodb_lock_wait_timeout")
	case l.Strength == expr.ForShare && !s.since(dialect.Version{8, 0, 1}, dialect.Version{}):
		c.Text(" LOCK IN SHARE MODE")
		compile.LockWait(c, l)
	default:
		compile.LockClause(c, l)
	}
}

func nextValue(c *compile.Compiler, s *schema.Sequence) {
	c.Text("nextval(")
	c.SequenceName(s)
	c.Text(")")
}
