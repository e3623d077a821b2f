package engine

import (
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqlerr"
)

var (
	errNoQuery     = fmt.Errorf("engine: %w: with Autocommit the database does not watch over what only reads, so that only queries made of expressions are taken; leave Autocommit out", sqlerr.ErrReadOnly)
	errNoSavepoint = errors.New("engine: with Autocommit there is no transaction to go back in; leave Autocommit out")
)

// checkAutocommit says which options go without a transaction.
func checkAutocommit(o TxOptions) error {
	if !o.ReadOnly || o.Isolation != DefaultIsolation || o.Deferrable {
		return errors.New("engine: Autocommit is for ReadOnly, without an isolation level: several statements that write, or see the same, need a transaction")
	}
	return nil
}

// onlyReads refuses a query that changes rows in a CTE where the database would
// not. Products that have such CTEs take them at the front of the statement alone
// (https://www.postgresql.org/docs/current/queries-with.html).
func (l *link) onlyReads(s expr.Statement, c *compile.Compiled) error {
	if l.tx == nil || !l.tx.opts.Autocommit || firstWord(c.SQL) != "WITH" {
		return nil
	}
	var err error
	expr.Visit(s, func(n expr.Node) {
		if inner, ok := n.(expr.Statement); ok && inner.Verb() != expr.VerbSelect {
			err = errNoQuery
		}
	})
	return err
}
