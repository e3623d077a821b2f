package mysql

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// Generator implements dialect.Mover.
func (m mysql) Generator(c dialect.Capabilities, col *schema.Column, seq *schema.Sequence) dialect.Generator {
	s := server{c, m}
	switch {
	case seq != nil && c.Sequences:
		return sequence{seq}
	case seq != nil:
		return tableSequence{seq}
	case s.autoColumn(col.Table) == col:
		return autoIncrement{s, col}
	}
	return nil
}

// sequence is a sequence of MariaDB. SETVAL moves forward only, beside whoever
// draws, so that no lock is needed: it says NULL of what is behind
// (https://mariadb.com/kb/en/setval/).
type sequence struct{ seq *schema.Sequence }

// Options implements dialect.Generator.
func (sequence) Options() *dialect.TxOptions { return nil }

// Position implements dialect.Generator. It draws a value: what the sequence
// shows is what it has written in advance, not where it stands.
func (g sequence) Position(ctx context.Context, q dialect.Querier) (p dialect.Position, err error) {
	name, err := quoted(g.seq.Schema, g.seq.Name)
	if err != nil {
		return p, err
	}
	drawn := int64(0)
	err = q.Query(ctx, "SELECT NEXTVAL("+name+"), increment, minimum_value, maximum_value FROM "+name, nil, func(row sqltype.Row) error {
		drawn, p.Increment, p.Low, p.High = row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3)
		return row.Err()
	})
	if err != nil {
		return p, fmt.Errorf("mysql: to move sequence %s on takes the privileges SELECT and INSERT on it: %w", g.seq.FullName(), err)
	}
	p.Next = drawn + p.Increment
	p.Exhausted = p.Next < p.Low || p.Next > p.High || (p.Next > drawn) != (p.Increment > 0)
	return p, nil
}

// Ended implements dialect.Generator.
func (g sequence) Ended(ctx context.Context, q dialect.Querier, limit int64) (bool, error) {
	p, err := g.Position(ctx, q)
	return errors.Is(err, sqlerr.ErrIDExhausted) || err == nil && p.EndedAt(limit), err
}

// Move implements dialect.Generator.
func (g sequence) Move(ctx context.Context, q dialect.Querier, next int64) (moved bool, err error) {
	name, err := quoted(g.seq.Schema, g.seq.Name)
	if err != nil {
		return false, err
	}
	err = q.Query(ctx, "SELECT SETVAL("+name+", "+strconv.FormatInt(next, 10)+", 0)", nil, func(row sqltype.Row) error {
		moved = !row.IsNull(0)
		return row.Err()
	})
	if err != nil {
		return false, fmt.Errorf("mysql: can't move sequence %s on: %w", g.seq.FullName(), err)
	}
	return moved, nil
}

// tableSequence is a sequence that alkahest_sequence carries.
type tableSequence struct{ seq *schema.Sequence }

// Options implements dialect.Generator. The UPDATE of Move commits by itself, as
// those that take values do, and compares by itself.
func (tableSequence) Options() *dialect.TxOptions { return nil }

// Position implements dialect.Generator.
func (g tableSequence) Position(ctx context.Context, q dialect.Querier) (p dialect.Position, err error) {
	found := false
	err = q.Query(ctx, `SELECT CAST(CASE WHEN next_value BETWEEN min_value AND max_value THEN next_value
    WHEN cycles AND increment > 0 THEN min_value
    WHEN cycles THEN max_value END AS SIGNED), increment, min_value, max_value
  FROM alkahest_sequence WHERE name = ? AND carrier = ''`, []sqltype.Value{sqltype.TextValue(g.seq.FullName())},
		func(row sqltype.Row) error {
			found = true
			if p.Exhausted = row.IsNull(0); !p.Exhausted {
				p.Next = row.Int64(0)
			}
			p.Increment, p.Low, p.High = row.Int64(1), row.Int64(2), row.Int64(3)
			return row.Err()
		})
	if err != nil {
		return p, fmt.Errorf("mysql: can't read where sequence %s stands: %w", g.seq.FullName(), err)
	}
	if !found {
		return p, fmt.Errorf("mysql: sequence %s does not exist; create it with CreateAll", g.seq.FullName())
	}
	return p, nil
}

// Ended implements dialect.Generator.
func (g tableSequence) Ended(ctx context.Context, q dialect.Querier, limit int64) (bool, error) {
	p, err := g.Position(ctx, q)
	return err == nil && p.EndedAt(limit), err
}

// Move implements dialect.Generator. Whether another has moved it further in
// between makes no difference to anybody.
func (g tableSequence) Move(ctx context.Context, q dialect.Querier, next int64) (bool, error) {
	to := sqltype.Int64Value(next)
	err := q.Query(ctx, `UPDATE alkahest_sequence SET next_value = ? WHERE name = ?
  AND (increment > 0 AND next_value < ? OR increment < 0 AND next_value > ?)`,
		[]sqltype.Value{to, sqltype.TextValue(g.seq.FullName()), to, to}, func(row sqltype.Row) error { return row.Err() })
	if err != nil {
		return false, fmt.Errorf("mysql: can't move sequence %s on: %w", g.seq.FullName(), err)
	}
	return true, nil
}

// autoIncrement is AUTO_INCREMENT. InnoDB moves it beyond an explicit id when
// that is inserted, whatever becomes of the row.
type autoIncrement struct {
	s   server
	col *schema.Column
}

// Options implements dialect.Generator.
func (autoIncrement) Options() *dialect.TxOptions { return nil }

// Position implements dialect.Generator. MySQL 8 keeps what it tells about
// tables for a day unless told otherwise
// (https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_information_schema_stats_expiry).
func (g autoIncrement) Position(ctx context.Context, q dialect.Querier) (p dialect.Position, err error) {
	nothing := func(row sqltype.Row) error { return row.Err() }
	if !g.s.maria() && g.s.Version.AtLeast(8) {
		if err := q.Query(ctx, "SET SESSION information_schema_stats_expiry = 0", nil, nothing); err != nil {
			return p, fmt.Errorf("mysql: can't ask for the last id of %s: %w", g.col.FullName(), err)
		}
	}
	t := g.col.Table
	p.Increment = 1
	p.Low, p.High = (&schema.SequenceOptions{}).Limits(g.col.Type)
	found := false
	err = q.Query(ctx, `SELECT CAST(LEAST(auto_increment, 9223372036854775807) AS SIGNED), auto_increment > 9223372036854775807
  FROM information_schema.tables WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = ?`,
		[]sqltype.Value{sqltype.TextValue(t.Schema), sqltype.TextValue(t.Name)}, func(row sqltype.Row) error {
			if row.IsNull(0) {
				return row.Err()
			}
			found = true
			p.Next = row.Int64(0)
			p.Exhausted = row.Int64(1) != 0 || p.Next > p.High
			return row.Err()
		})
	if err != nil {
		return p, fmt.Errorf("mysql: can't ask for the last id of %s: %w", g.col.FullName(), err)
	}
	if !found {
		return p, fmt.Errorf("mysql: table %s has no AUTO_INCREMENT in the database", t.FullName())
	}
	return p, nil
}

// Ended implements dialect.Generator. At the end of a signed type the counter
// stays at the last id, which MySQL then calls a duplicate
// (https://dev.mysql.com/doc/refman/8.4/en/innodb-auto-increment-handling.html).
func (g autoIncrement) Ended(ctx context.Context, q dialect.Querier, limit int64) (bool, error) {
	p, err := g.Position(ctx, q)
	return err == nil && (p.EndedAt(limit) || p.Next == limit), err
}

// Move implements dialect.Generator. The server takes the largest of next and
// what follows the last id.
func (g autoIncrement) Move(ctx context.Context, q dialect.Querier, next int64) (bool, error) {
	name, err := quoted(g.col.Table.Schema, g.col.Table.Name)
	if err != nil {
		return false, err
	}
	err = q.Query(ctx, "ALTER TABLE "+name+" AUTO_INCREMENT = "+strconv.FormatInt(next, 10), nil, func(row sqltype.Row) error { return row.Err() })
	if err != nil {
		return false, fmt.Errorf("mysql: to move AUTO_INCREMENT of %s on takes the privilege ALTER: %w", g.col.FullName(), err)
	}
	return true, nil
}
