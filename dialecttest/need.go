package dialecttest

import (
	"slices"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// need is what a test needs of a target.
type need struct {
	name string
	has  func(c *T) bool
}

var (
	returningInsert = need{"INSERT … RETURNING", func(c *T) bool { return c.rules.Returning.Insert }}
	returningUpdate = need{"UPDATE … RETURNING", func(c *T) bool { return c.rules.Returning.Update }}
	returningDelete = need{"DELETE … RETURNING", func(c *T) bool { return c.rules.Returning.Delete }}
	fullJoin        = need{"FULL JOIN", func(c *T) bool { return c.rules.FullJoin }}
	rowLocks        = need{"locking clauses", func(c *T) bool { return c.rules.Lock != nil }}
	alterForeignKey = need{"ALTER TABLE … ADD FOREIGN KEY", func(c *T) bool { return c.rules.DDL.AlterForeignKey }}
	nativeSequences = need{"sequences", func(c *T) bool { return c.caps.Sequences }}
	partialIndex    = need{"partial indexes", func(c *T) bool { return c.rules.DDL.PartialIndex }}
	expressionIndex = need{"indexes on expressions", func(c *T) bool { return c.rules.DDL.ExpressionIndex }}
	deferrable      = need{"deferred constraints", func(c *T) bool { return c.rules.DDL.Deferrable }}
	nan             = need{"NaN", func(c *T) bool { return c.caps.NaN }}
	noNaN           = need{"a database without NaN", func(c *T) bool { return !c.caps.NaN }}
	manyConnections = need{"more than one connection", func(c *T) bool { return !c.caps.OneConnection }}
	manyWriters     = need{"more than one writer", func(c *T) bool { return !c.caps.OneConnection && !c.caps.SingleWriter }}
	abortsOnError   = need{"transactions that an error ends", func(c *T) bool { return c.caps.AbortsOnError }}
	transactionDDL  = need{"DDL that can be rolled back", func(c *T) bool { return c.caps.TransactionalDDL }}
	fewDigits       = need{"numbers of limited exactness", func(c *T) bool { return c.caps.NumericDigits > 0 }}
	allDigits       = need{"numbers of any exactness", func(c *T) bool { return c.caps.NumericDigits == 0 }}
	logTrigger      = need{"a statement of the target: LogInserts", func(c *T) bool { return c.target.Product.LogInserts != nil }}
	rewriteTrigger  = need{"a statement of the target: RewriteInserts", func(c *T) bool { return c.target.Product.RewriteInserts != nil }}
	renumberTrigger = need{"a statement of the target: Renumber", func(c *T) bool { return c.target.Product.Renumber != nil }}
	slowRead        = need{"a statement of the target: SlowRead", func(c *T) bool { return c.target.Product.SlowRead != nil }}
	slowInsert      = need{"a statement of the target: SlowInsert", func(c *T) bool { return c.target.Product.SlowInsert != nil }}
)

// typeNeed needs a type that the product has a name for.
func typeNeed(name string, typ sqltype.Type) need {
	return need{name, func(c *T) bool {
		t, _ := c.rules.Resolve(typ)
		_, err := c.rules.TypeName(t)
		return err == nil
	}}
}

// isolation needs an isolation level.
func isolation(level dialect.Isolation) need {
	return need{"the isolation level " + level.String(), func(c *T) bool { return slices.Contains(c.caps.Isolation, level) }}
}

// lacksIsolation needs a product without the level.
func lacksIsolation(level dialect.Isolation) need {
	return need{"a database without the isolation level " + level.String(), func(c *T) bool {
		return !slices.Contains(c.caps.Isolation, level)
	}}
}

// identities needs that the product takes a table as it is declared.
func takes(name string, declare func(m *schema.MetaData) *schema.Table) need {
	return need{name, func(c *T) bool {
		if c.rules.DDL.Check == nil {
			return true
		}
		t := declare(schema.NewMetaData())
		return t.MetaData().Resolve() == nil && c.rules.DDL.Check(t) == nil
	}}
}
