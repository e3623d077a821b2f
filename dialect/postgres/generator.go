package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/alkahest-go/alkahest/dialect"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqltype"
)

// generator is a sequence, whether it stands by itself or belongs to an
// identity or a serial column.
type generator struct {
	column *schema.Column
	own    *schema.Sequence // nil: that of the column
	name   string           // quoted, once it is known
}

// Generator implements dialect.Mover.
func (postgres) Generator(_ dialect.Capabilities, col *schema.Column, seq *schema.Sequence) dialect.Generator {
	if seq == nil && !col.Generated() {
		return nil
	}
	return &generator{column: col, own: seq}
}

// Options implements dialect.Generator. Each statement sees what was committed
// before it: a snapshot from before the lock would miss the last rows.
func (*generator) Options() *dialect.TxOptions {
	return &dialect.TxOptions{Isolation: dialect.ReadCommitted}
}

// Position implements dialect.Generator. ALTER SEQUENCE takes the lock SHARE ROW
// EXCLUSIVE, which waits for every transaction that has called nextval, and
// lets no other call it until this transaction ends
// (https://www.postgresql.org/docs/current/sql-altersequence.html, Notes;
// https://www.postgresql.org/docs/current/explicit-locking.html). LOCK TABLE
// takes no sequences, and a lock on the table would not stop who draws before
// inserting.
func (g *generator) Position(ctx context.Context, q dialect.Querier) (dialect.Position, error) {
	increment, err := g.find(ctx, q)
	if err != nil {
		return dialect.Position{}, err
	}
	// Rows that row security hides would be overlooked; so it is an error there.
	for _, sql := range []string{
		"SET LOCAL row_security = off",
		"ALTER SEQUENCE " + g.name + " INCREMENT BY " + strconv.FormatInt(increment, 10),
	} {
		if err := q.Query(ctx, sql, nil, func(row sqltype.Row) error { return row.Err() }); err != nil {
			return dialect.Position{}, fmt.Errorf("postgres: to move sequence %s on takes its owner, and that of what it fills: %w", g.name, err)
		}
	}
	return g.read(ctx, q)
}

func (g *generator) read(ctx context.Context, q dialect.Querier) (p dialect.Position, err error) {
	err = q.Query(ctx, g.position(), nil, func(row sqltype.Row) error {
		if p.Exhausted = row.IsNull(0); !p.Exhausted {
			p.Next = row.Int64(0)
		}
		p.Increment, p.Low, p.High, p.Kept = row.Int64(1), row.Int64(2), row.Int64(3), row.Bool(4)
		return row.Err()
	})
	if err != nil {
		return p, fmt.Errorf("postgres: can't read where sequence %s stands: %w", g.name, err)
	}
	return p, nil
}

// Ended implements dialect.Generator. What is read here takes no lock.
func (g *generator) Ended(ctx context.Context, q dialect.Querier, limit int64) (bool, error) {
	if _, err := g.find(ctx, q); err != nil {
		return false, err
	}
	p, err := g.read(ctx, q)
	return err == nil && p.EndedAt(limit), err
}

// position computes in NUMERIC, which holds what is past the last value.
func (g *generator) position() string {
	return `SELECT CAST(CASE WHEN NOT v.is_called THEN v.last_value
    WHEN v.last_value + CAST(s.seqincrement AS NUMERIC) BETWEEN s.seqmin AND s.seqmax THEN v.last_value + CAST(s.seqincrement AS NUMERIC)
    WHEN s.seqcycle AND s.seqincrement > 0 THEN s.seqmin
    WHEN s.seqcycle THEN s.seqmax END AS BIGINT),
    s.seqincrement, s.seqmin, s.seqmax, s.seqcache > 1
  FROM ` + g.name + ` v JOIN pg_catalog.pg_sequence s ON s.seqrelid = v.tableoid`
}

// find sets the sequence's name and returns its increment.
func (g *generator) find(ctx context.Context, q dialect.Querier) (increment int64, err error) {
	relation, err := g.regclass()
	if err != nil {
		return 0, err
	}
	found := false
	err = q.Query(ctx, `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), s.seqincrement
  FROM pg_catalog.pg_sequence s
  JOIN pg_catalog.pg_class c ON c.oid = s.seqrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE s.seqrelid = `+relation, nil, func(row sqltype.Row) error {
		found = true
		g.name, increment = string(row.Text(0)), row.Int64(1)
		return row.Err()
	})
	switch {
	case err != nil:
		return 0, fmt.Errorf("postgres: can't find what fills %s: %w", g.column.FullName(), err)
	case !found && g.own != nil:
		return 0, fmt.Errorf("postgres: sequence %s does not exist; create it with CreateAll", g.own.FullName())
	case !found:
		return 0, fmt.Errorf("postgres: column %s has no sequence in the database; it was created as something else than it is declared", g.column.FullName())
	}
	return increment, nil
}

func (g *generator) regclass() (string, error) {
	if g.own != nil {
		ref, err := reference(g.own.Schema, g.own.Name)
		return "to_regclass(" + ref + ")", err
	}
	table, err := reference(g.column.Table.Schema, g.column.Table.Name)
	if err != nil {
		return "", err
	}
	column, err := literal(sqltype.TextValue(g.column.Name), sqltype.Text{})
	return "CAST(pg_get_serial_sequence(" + table + ", " + column + ") AS REGCLASS)", err
}

// Move implements dialect.Generator. RESTART gives the sequence a new file, by
// which other sessions see that the values they hold from CACHE are void. It is
// undone by a rollback, as setval is not.
func (g *generator) Move(ctx context.Context, q dialect.Querier, next int64) (bool, error) {
	sql := "ALTER SEQUENCE " + g.name + " RESTART WITH " + strconv.FormatInt(next, 10)
	if err := q.Query(ctx, sql, nil, func(row sqltype.Row) error { return row.Err() }); err != nil {
		return false, fmt.Errorf("postgres: can't move sequence %s on: %w", g.name, err)
	}
	return true, nil
}
