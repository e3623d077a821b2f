package engine

import (
	"context"

	"github.com/alkahest-go/alkahest/compile"
	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/sqltype"
)

// convertingStmt is a statement some of whose values have another type in the
// database than in the program: a variant of another kind.
type convertingStmt struct {
	driver.Stmt
	c *compile.Compiled
}

// converting returns stmt itself where nothing has to be converted.
func converting(c *compile.Compiled, stmt driver.Stmt) driver.Stmt {
	if c.Conversions == nil && c.Stored == nil {
		return stmt
	}
	return &convertingStmt{Stmt: stmt, c: c}
}

// Exec implements driver.Stmt.
func (s *convertingStmt) Exec(ctx context.Context, args []sqltype.Value) (driver.Result, error) {
	args, err := s.args(args)
	if err != nil {
		return driver.Result{}, err
	}
	return s.Stmt.Exec(ctx, args)
}

// Query implements driver.Stmt.
func (s *convertingStmt) Query(ctx context.Context, args []sqltype.Value) (driver.Rows, error) {
	args, err := s.args(args)
	if err != nil {
		return nil, err
	}
	rows, err := s.Stmt.Query(ctx, args)
	if err != nil {
		return nil, err
	}
	return s.rows(rows), nil
}

// args returns the values that are sent, in memory of its own: those that were
// given may be sent again.
func (s *convertingStmt) args(args []sqltype.Value) ([]sqltype.Value, error) {
	if s.c.Conversions == nil {
		return args, nil
	}
	sent := make([]sqltype.Value, len(args))
	for i := range args {
		v, err := args[i], error(nil)
		if i < len(s.c.Conversions) {
			v, err = s.c.Conversions[i].Send(v)
		}
		if err != nil {
			return nil, err
		}
		sent[i] = v
	}
	return sent, nil
}

func (s *convertingStmt) rows(rows driver.Rows) driver.Rows {
	if s.c.Stored == nil {
		return rows
	}
	return &convertingRows{converted: newConverted(rows, s.c.Stored), rows: rows}
}

// convert has the driver see its own statements, and the values that they are
// sent.
func (b *batch) convert() error {
	b.conversions = nil
	for i := range b.items {
		s, ok := b.items[i].Stmt.(*convertingStmt)
		if !ok {
			continue
		}
		args, err := s.args(b.items[i].Args)
		if err != nil {
			return &driver.BatchError{Index: i, Err: err}
		}
		b.items[i].Stmt, b.items[i].Args = s.Stmt, args
		if b.conversions == nil {
			b.conversions = make([]*convertingStmt, len(b.items))
		}
		b.conversions[i] = s
	}
	return nil
}

// converted returns the rows of item i as the program has them.
func (b *batch) converted(i int, rows driver.Rows) driver.Rows {
	if b.conversions == nil || b.conversions[i] == nil {
		return rows
	}
	return b.conversions[i].rows(rows)
}
