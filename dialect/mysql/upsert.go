package mysql

import (
	"errors"
	"slices"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
)

// Conflict is a clause that MySQL and MariaDB have and no other product has.
type Conflict struct {
	set    []expr.Assignment
	ignore bool
	err    error
}

var (
	_ expr.Conflict      = Conflict{}
	_ compile.Renderer   = Conflict{}
	_ compile.InsertWord = Conflict{}
)

// OnDuplicateKeyUpdate is ON DUPLICATE KEY UPDATE: the row that is in the way
// by any unique key is changed. Where several are, it is not defined which. In
// the values, a column is what that row holds, and expr.Excluded what the row
// that was not inserted has. The assignments are sent in an order in which none
// reads what another has set.
// https://mariadb.com/kb/en/insert-on-duplicate-key-update/
func OnDuplicateKeyUpdate(set ...expr.Assignment) Conflict {
	x := Conflict{set: expr.UnwrapAssignments(set)}
	if len(set) == 0 {
		x.err = errors.New("mysql: ON DUPLICATE KEY UPDATE sets nothing; give it assignments")
	}
	return x
}

// Ignore is INSERT IGNORE for rows that violate a unique key. By itself IGNORE
// also turns values that do not fit, NULLs where none may be, missing rows of
// foreign keys and an exhausted generator into warnings, and stores other data
// or none. So the warnings are asked for after the statement, which has to be
// part of a transaction: any that is not of a unique key is an error, and the
// statement is undone.
// https://mariadb.com/kb/en/insert-ignore/
func Ignore() Conflict { return Conflict{ignore: true} }

// erDupEntry is the number of the warning that a row violates a unique key
// (https://mariadb.com/kb/en/e1062/).
const erDupEntry = 1062

// The numbers of the warnings that AUTO_INCREMENT or a sequence has no value
// left (https://mariadb.com/kb/en/mariadb-error-codes/).
const (
	erAutoIncrementRange = 167
	erAutoIncrementRead  = 1467
	erSequenceRunOut     = 4084
)

// Resolution implements expr.Conflict.
func (x Conflict) Resolution() expr.Resolution {
	if x.ignore {
		return expr.Skip
	}
	return expr.Change
}

// AppendKey implements expr.Node.
func (x Conflict) AppendKey(k *expr.Key) {
	if x.err != nil {
		k.Fail(x.err)
	}
	k.Tag(expr.TagExtension)
	k.String("mysql conflict")
	k.Bool(x.ignore)
	k.Int(len(x.set))
	for _, a := range x.set {
		k.Node(a)
	}
}

// Replaced implements expr.Replaceable.
func (x Conflict) Replaced(f func(expr.Expression) expr.Expression) expr.Node {
	x.set = expr.ReplacedInSet(x.set, f)
	return x
}

// RenderWord implements compile.InsertWord.
func (x Conflict) RenderWord(c *compile.Compiler) {
	if !x.ignore || !x.only(c) {
		return
	}
	c.Text(" IGNORE")
	c.MayLose(compile.Losses{Warnings: "SHOW WARNINGS", Harmless: []int64{erDupEntry}, Exhausted: []int64{erAutoIncrementRange, erAutoIncrementRead, erSequenceRunOut}})
}

// Render implements compile.Renderer.
func (x Conflict) Render(c *compile.Compiler) {
	if x.ignore || !x.only(c) {
		return
	}
	u := &upsert{c: c, in: c.Inserting()}
	u.write(x.set)
}

func (x Conflict) only(c *compile.Compiler) bool {
	what := "ON DUPLICATE KEY UPDATE"
	if x.ignore {
		what = "INSERT IGNORE"
	}
	return c.OnlyFor(what, "use expr.OnConflict", name, "mariadb")
}

func columnName(x expr.Expression) string {
	if c, ok := expr.Unwrap(x).(*expr.Column); ok {
		return c.Name
	}
	return ""
}

// reads reports whether an expression may read the column: raw text and
// subqueries may read any.
func reads(xs []expr.Expression, column expr.Expression) bool {
	return slices.ContainsFunc(xs, func(x expr.Expression) bool {
		x = expr.Unwrap(x)
		switch x.(type) {
		case *expr.Column:
			return columnName(x) == columnName(column)
		case *expr.Text, *expr.Subquery:
			return true
		}
		return reads(expr.Children(x), column)
	})
}
