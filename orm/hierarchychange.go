package orm

import (
	"context"
	"slices"

	"github.com/alkahest-go/alkahest/engine"
	"github.com/alkahest-go/alkahest/expr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// A statement on entities of a hierarchy is one for each of their tables. What it
// changes in one may be what another is found by, so the keys are asked for first.

// hierarchical runs the change on the tables of the hierarchy.
func (c *massChange) hierarchical(ctx context.Context, where []expr.Predicate) (int64, error) {
	s := c.s
	if err := s.ready(); err != nil {
		return 0, err
	}
	defer s.leave()
	parts, err := c.parts()
	if err != nil {
		return 0, err
	}
	if err := s.autoflush(ctx); err != nil {
		return 0, err
	}
	tx, err := s.writing(ctx)
	if err != nil {
		return 0, err
	}
	keys, err := c.keysOf(ctx, tx, where)
	if err != nil {
		return 0, err
	}
	for _, p := range parts {
		for list := range slices.Chunk(keys, keysAtOnce) {
			if _, err := tx.Exec(ctx, p.statement(list)); err != nil {
				return 0, s.fail(err)
			}
		}
	}
	if c.sync != SyncNone {
		err = c.follow(ctx, keys)
	}
	return int64(len(keys)), err
}

// levelChange is what is to be done in one table.
type levelChange struct {
	level *mapper
	set   []expr.Assignment // nil: rows are deleted
}

func (p levelChange) statement(keys [][]sqltype.Value) expr.Statement {
	where := isOneOf(refsOf(p.level.key, p.level.table), p.level.key, keys)
	if p.set == nil {
		return expr.NewDelete(p.level.table).Where(where)
	}
	return expr.NewUpdate(p.level.table).Set(p.set...).Where(where)
}

// parts finds the tables that are changed: those with columns that are set, or all
// of the rows, the most derived first.
func (c *massChange) parts() ([]levelChange, error) {
	var out []levelChange
	if c.verb == expr.VerbDelete {
		for _, d := range slices.Backward(c.m.derived()) {
			if d.how == joinedTable {
				out = append(out, levelChange{level: d.levels[len(d.levels)-1]})
			}
		}
		for _, l := range slices.Backward(c.m.levels) {
			out = append(out, levelChange{level: l})
		}
		return out, nil
	}
	for _, l := range c.m.levels {
		p := levelChange{level: l}
		for _, as := range c.set {
			list, err := c.m.attrsOf([]expr.Expression{as.Target})
			if err != nil {
				return nil, err
			}
			if a := list[0]; a.col.IsPrimaryKey() {
				return nil, &ModelError{Entity: c.m.goType.String(), Field: a.name, Reason: "is the key of rows in several tables, and can't be set by a statement"}
			} else if l.attrOf(a.col) == nil {
				continue
			}
			value, err := c.valueIn(l, as.Value)
			if err != nil {
				return nil, err
			}
			p.set = append(p.set, expr.Assignment{Target: list[0].column(l.table), Value: value})
		}
		if p.set != nil {
			out = append(out, p)
		}
	}
	return out, nil
}

// valueIn returns a value of an assignment as one of the rows of a table.
func (c *massChange) valueIn(l *mapper, value expr.Expression) (expr.Expression, error) {
	var err error
	expr.Visit(value, func(n expr.Node) {
		col, ok := n.(*expr.Column)
		if !ok || col.From != expr.Source(c.m.table) {
			return
		}
		if a := c.m.attrNamed(col); a == nil || l.attrOf(a.col) == nil && !a.col.IsPrimaryKey() {
			err = &ModelError{Entity: c.m.goType.String(), Reason: "is to get a value that is computed from column " + col.Name + ", which is in another table than the column that gets it: change the objects, or send an UPDATE of the table with a subquery"}
		}
	})
	if err != nil {
		return nil, err
	}
	return expr.Adapt(value, expr.Source(c.m.table), expr.Source(l.table))
}

// keysOf asks for the keys of the rows that the statement means.
func (c *massChange) keysOf(ctx context.Context, tx *engine.Tx, where []expr.Predicate) ([][]sqltype.Value, error) {
	m := c.m
	rows, err := tx.Query(ctx, expr.NewSelect(refsOf(m.key, m.table)...).From(m.table).Where(where...))
	if err != nil {
		return nil, c.s.fail(err)
	}
	var out [][]sqltype.Value
	read := m.zero()
	for rows.Next() && err == nil {
		var key []sqltype.Value
		if err = m.store(read, m.key, rows.Row()); err == nil {
			key, err = m.appendKey(nil, read)
		}
		for i := range key {
			key[i] = key[i].Clone()
		}
		out = append(out, key)
	}
	if closeErr := rows.Close(); err == nil && closeErr != nil {
		err = c.s.fail(closeErr)
	}
	return out, err
}

// follow keeps the session's objects in step with their rows.
func (c *massChange) follow(ctx context.Context, keys [][]sqltype.Value) error {
	var known []*state
	var read [][]sqltype.Value
	for _, key := range keys {
		if st := c.s.known(c.m, key); st != nil && st.status == persistent {
			known, read = append(known, st), append(read, key)
		}
	}
	if c.verb == expr.VerbDelete {
		c.delete(known)
		return nil
	}
	for _, st := range known {
		c.s.undo = append(c.s.undo, undo{st: st, before: persistent, snap: st.snap})
	}
	m := c.m
	for list := range slices.Chunk(read, keysAtOnce) {
		stmt := m.query().Where(isOneOf(refsOf(m.key, m.table), m.key, list))
		if _, err := c.s.plainLoader(m, m.reads).load(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}
