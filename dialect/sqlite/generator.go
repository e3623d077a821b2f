package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Generator implements dialect.Mover.
func (sqlite) Generator(_ dialect.Capabilities, col *schema.Column, seq *schema.Sequence) dialect.Generator {
	switch {
	case seq != nil:
		return tableSequence{seq}
	case rowIDColumn(col.Table) == col:
		return rowID{col}
	}
	return nil
}

// tableSequence is a sequence that alkahest_sequence carries.
type tableSequence struct{ seq *schema.Sequence }

// Options implements dialect.Generator.
func (tableSequence) Options() *dialect.TxOptions { return &dialect.TxOptions{} }

// Position implements dialect.Generator.
func (g tableSequence) Position(ctx context.Context, q dialect.Querier) (p dialect.Position, err error) {
	found := false
	err = q.Query(ctx, `SELECT CASE WHEN NOT called THEN value
    WHEN `+room+` > 0 THEN value + increment
    WHEN cycle AND increment > 0 THEN min_value
    WHEN cycle THEN max_value END, increment, min_value, max_value
  FROM alkahest_sequence WHERE name = ?1 AND carrier = ''`, []sqltype.Value{sqltype.TextValue(g.seq.FullName())},
		func(row sqltype.Row) error {
			found = true
			if p.Exhausted = row.IsNull(0); !p.Exhausted {
				p.Next = row.Int64(0)
			}
			p.Increment, p.Low, p.High = row.Int64(1), row.Int64(2), row.Int64(3)
			return row.Err()
		})
	if err != nil {
		return p, fmt.Errorf("sqlite: can't read where sequence %s stands: %w", g.seq.FullName(), err)
	}
	if !found {
		return p, fmt.Errorf("sqlite: sequence %s does not exist; create it with CreateAll", g.seq.FullName())
	}
	return p, nil
}

// Ended implements dialect.Generator.
func (g tableSequence) Ended(ctx context.Context, q dialect.Querier, limit int64) (bool, error) {
	p, err := g.Position(ctx, q)
	return err == nil && p.EndedAt(limit), err
}

// Move implements dialect.Generator. Between Position and Move nobody else
// writes.
func (g tableSequence) Move(ctx context.Context, q dialect.Querier, next int64) (bool, error) {
	err := q.Query(ctx, `UPDATE alkahest_sequence SET value = ?1, called = 0 WHERE name = ?2`,
		[]sqltype.Value{sqltype.Int64Value(next), sqltype.TextValue(g.seq.FullName())}, func(row sqltype.Row) error { return row.Err() })
	if err != nil {
		return false, fmt.Errorf("sqlite: can't move sequence %s on: %w", g.seq.FullName(), err)
	}
	return true, nil
}

// rowID is SQLite's own generator, with or without AUTOINCREMENT. It goes on
// beyond the largest id there is by itself
// (https://www.sqlite.org/autoinc.html).
type rowID struct{ col *schema.Column }

// Options implements dialect.Generator.
func (rowID) Options() *dialect.TxOptions { return &dialect.TxOptions{} }

// Position implements dialect.Generator.
func (g rowID) Position(ctx context.Context, q dialect.Querier) (p dialect.Position, err error) {
	last, err := g.last()
	if err != nil {
		return p, err
	}
	p = dialect.Position{Next: 1, Increment: 1, Low: math.MinInt64, High: math.MaxInt64}
	err = q.Query(ctx, "SELECT "+last, nil, func(row sqltype.Row) error {
		if row.IsNull(0) {
			return row.Err()
		}
		if p.Next = row.Int64(0); p.Next < p.High {
			p.Next++
		} else {
			p.Exhausted = true
		}
		return row.Err()
	})
	if err != nil {
		return p, fmt.Errorf("sqlite: can't read the last id of %s: %w", g.col.FullName(), err)
	}
	return p, nil
}

// last writes the expression of the last id.
func (g rowID) last() (string, error) {
	t := g.col.Table
	prefix, err := []byte(nil), error(nil)
	if t.Schema != "" {
		if prefix, err = identifiers.Append(nil, t.Schema); err != nil {
			return "", err
		}
		prefix = append(prefix, '.')
	}
	column, err := identifiers.Append(nil, g.col.Name)
	if err != nil {
		return "", err
	}
	from, err := identifiers.Append(prefix[:len(prefix):len(prefix)], t.Name)
	if err != nil {
		return "", err
	}
	last := "(SELECT max(" + string(column) + ") FROM " + string(from) + ")"
	if !option(t, optionAutoincrement) && !native(g.col) {
		return last, nil
	}
	name, err := literal(sqltype.TextValue(t.Name), sqltype.Text{})
	if err != nil {
		return "", err
	}
	return "max(coalesce((SELECT max(seq) FROM " + string(prefix) + "sqlite_sequence WHERE name = " + name + "), 0), coalesce(" + last + ", 0))", nil
}

// Ended implements dialect.Generator.
func (g rowID) Ended(ctx context.Context, q dialect.Querier, limit int64) (bool, error) {
	p, err := g.Position(ctx, q)
	return err == nil && p.EndedAt(limit), err
}

// Move implements dialect.Generator.
func (rowID) Move(context.Context, dialect.Querier, int64) (bool, error) {
	return false, errors.New("sqlite: row ids move by themselves")
}
