package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

var errOneRow = errors.New("engine: InsertedKey is for one row of VALUES; use RETURNING or Tx.Insert for several, which say whose key is whose")

// InsertedKey runs an INSERT of one row and returns its primary key, whatever
// made it: T is the type of the key's column, or, for a key of several columns,
// a struct, as for Collect. A row that a conflict left out has no key, which is
// sqlerr.ErrNoRows.
func InsertedKey[T any](ctx context.Context, x Executor, ins *expr.Insert) (T, error) {
	var none T
	p := ins.Parts()
	table, ok := p.Into.(*schema.Table)
	if !ok || len(p.Rows) > 1 || p.From != nil {
		return none, errOneRow
	}
	var key []*schema.Column
	for _, c := range table.Columns() {
		if c.IsPrimaryKey() {
			key = append(key, c)
		}
	}
	if len(key) == 0 {
		return none, fmt.Errorf("engine: the table %s has no primary key", table.FullName())
	}
	srv, err := x.Engine().ready(ctx)
	if err != nil {
		return none, err
	}
	if srv.rules.Returning.Insert {
		return One[T](ctx, x, ins.Returning(refs(key)...))
	}
	if srv.caps.Keys != dialect.KeysByLastInsertID || len(key) > 1 || !generates(table, p) {
		return none, &compile.UnsupportedError{
			Construct: "RETURNING, and the key is not generated", Dialect: srv.rules.Dialect, Instead: "send the key as a value, and so know it",
		}
	}
	res, err := x.Exec(ctx, ins)
	if err != nil {
		return none, err
	}
	return lastInsertID[T](res, key[0])
}

// generates reports whether the INSERT leaves the key to its generator.
func generates(table *schema.Table, p expr.InsertParts) bool {
	auto := table.AutoincrementColumn()
	if auto == nil || p.Conflict != nil {
		return false
	}
	for _, c := range p.Columns {
		if ref, ok := expr.Unwrap(c).(*expr.Column); ok && ref.Name == auto.Name {
			return false
		}
	}
	return true
}

// lastInsertID reads the id of the only row from the protocol's answer.
func lastInsertID[T any](res driver.Result, key *schema.Column) (T, error) {
	if res.RowsAffected == 0 || res.LastInsertID == 0 {
		var none T
		return none, errNoRows
	}
	row := &knownRow{values: []sqltype.Value{wholeValue(res.LastInsertID, key)}}
	column := resultColumn{compile.ResultColumnOf(key.Ref())}
	return decodeOne[T](row, column)
}
