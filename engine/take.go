package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/alkahest-go/alkahest/driver"
	"github.com/alkahest-go/alkahest/schema"
	"github.com/alkahest-go/alkahest/sqlerr"
	"github.com/alkahest-go/alkahest/sqltype"
)

// takenColumn is a column whose values come from the sequence table.
type takenColumn struct {
	column   *schema.Column
	sequence *schema.Sequence
}

// run is values that were taken from a sequence: an arithmetic progression, or
// a list where they don't follow each other: others drew in between, or the
// sequence began anew.
type run struct {
	first, step int64
	list        []int64
}

func (r *run) at(i int) int64 {
	if r.list != nil {
		return r.list[i]
	}
	return r.first + int64(i)*r.step
}

func (r *run) appendTo(list []int64, n int) []int64 {
	for i := range n {
		list = append(list, r.at(i))
	}
	return list
}

// take takes the values of all rows from the sequence table: in the business
// transaction, so that they come back with its rollback, or, where all
// writers would wait for that, in one of its own.
func (x *insertion) take() error {
	for _, c := range x.p.taken {
		r, err := x.l.takeFor(x.ctx, c, x.b.N)
		if err != nil {
			return err
		}
		x.taken = append(x.taken, r)
	}
	return nil
}

// takeFor takes values that fit the column.
func (l *link) takeFor(ctx context.Context, c takenColumn, n int) (run, error) {
	r, err := l.takeRun(ctx, c.sequence, n)
	switch {
	case errors.Is(err, sqlerr.ErrIDExhausted):
		return r, fmt.Errorf("engine: %w", l.server.exhaustedError(c.column, nil))
	case err != nil:
		return r, err
	}
	past := l.server.past(c.column)
	for i := range n {
		if past(r.at(i)) {
			return r, fmt.Errorf("engine: %w", l.server.exhaustedError(c.column, nil))
		}
	}
	return r, nil
}

// How often a block is asked for in a transaction of its own.
const takeAttempts = 5

func (l *link) takeRun(ctx context.Context, seq *schema.Sequence, n int) (r run, err error) {
	seq = l.server.rules.Sequence(seq)
	table := l.engine.dialect.SequenceTable(l.server.caps)
	if table == nil {
		return r, fmt.Errorf("engine: %s has neither sequences nor a table for them, as %s needs", l.server.caps.Product, seq.FullName())
	}
	if table.InTransaction {
		return l.takeHere(ctx, seq, n)
	}
	for attempt := 1; ; attempt++ {
		err = l.engine.onService(ctx, func(service *link) error {
			r, err = service.takeKept(ctx, seq, n)
			return err
		})
		// A block that was taken without being told of it is lost, which harms
		// nobody: so it is asked for again whatever became of it.
		unknown := errors.Is(err, sqlerr.ErrOutcomeUnknown)
		if !unknown && !sqlerr.Retryable(err) {
			return r, err
		}
		if attempt == takeAttempts || pause(ctx, attempt) != nil {
			if unknown { // of the block, and nothing else
				err = fmt.Errorf("engine: sequence %s: %w: %v", seq.FullName(), sqlerr.ErrConnectionLost, err)
			}
			return r, err
		}
	}
}

// kept is values of a sequence that were taken and not given yet.
type kept struct {
	first int64
	n     int
}

// takeKept takes values from those that are kept of the last block, and more by
// the sequence's cache where they are not enough. It runs on the service
// connection, which has one user at a time.
func (l *link) takeKept(ctx context.Context, seq *schema.Sequence, n int) (run, error) {
	cache := int64(1)
	if seq.Cache != nil {
		cache = *seq.Cache
	}
	name, step, s := seq.FullName(), seq.IncrementValue(), &l.engine.service
	have := s.kept[name]
	if cache <= 1 && have.n == 0 {
		return l.takeHere(ctx, seq, n)
	}
	list := make([]int64, 0, n)
	give := func(from *kept) {
		for len(list) < n && from.n > 0 {
			list = append(list, from.first)
			from.first, from.n = from.first+step, from.n-1
		}
	}
	give(&have)
	if missing := n - len(list); missing > 0 {
		size := max(missing, int(min(cache, maxKept)))
		first, ok, err := l.takeBlock(ctx, seq, size)
		if err != nil {
			return run{}, err
		}
		if !ok { // near its end it gives what is asked for, and no more
			r, err := l.takeHere(ctx, seq, missing)
			if err != nil {
				return run{}, err
			}
			list = r.appendTo(list, missing)
		} else {
			have = kept{first, size}
			give(&have)
		}
	}
	if s.kept == nil {
		s.kept = map[string]kept{}
	}
	s.kept[name] = have
	return run{list: list}, nil
}

// maxKept bounds how many values are kept of one sequence.
const maxKept = 1 << 20

// takeHere takes values on this connection: as a block, or, where a sequence
// that begins anew has not so many left before that, one by one.
func (l *link) takeHere(ctx context.Context, seq *schema.Sequence, n int) (run, error) {
	step := seq.IncrementValue()
	first, ok, err := l.takeBlock(ctx, seq, n)
	if ok || err != nil {
		return run{first: first, step: step}, err
	}
	if err := l.sound(ctx, seq); err != nil {
		return run{}, err
	}
	if n == 1 || !seq.Cycles() {
		return run{}, exhausted(seq)
	}
	list := make([]int64, n)
	for i := range list {
		if list[i], ok, err = l.takeBlock(ctx, seq, 1); err != nil {
			return run{}, err
		}
		if !ok {
			return run{}, exhausted(seq)
		}
	}
	return run{list: list}, nil
}

func exhausted(seq *schema.Sequence) error {
	return fmt.Errorf("engine: sequence %s: %w", seq.FullName(), sqlerr.ErrIDExhausted)
}

// takeBlock takes n values, as far as the sequence is there with the declared
// increment: a block is first, first+increment, …
func (l *link) takeBlock(ctx context.Context, seq *schema.Sequence, n int) (first int64, ok bool, err error) {
	table := l.engine.dialect.SequenceTable(l.server.caps)
	args := []sqltype.Value{sqltype.Int64Value(int64(n)), sqltype.TextValue(seq.FullName()), sqltype.Int64Value(seq.IncrementValue())}
	if table.TakeAsInsertID {
		res, err := l.execText(ctx, table.Take, takeParams, args)
		return int64(res.LastInsertID), res.RowsAffected > 0, notMade(err)
	}
	ok, err = l.queryOne(ctx, table.Take, takeParams, args, func(rows driver.Rows) (found bool, err error) {
		for rows.Next() {
			first, found = rows.Int64(0), true
		}
		return found, rows.Err()
	})
	return first, ok, notMade(err)
}

// notMade adds what to do where the sequence table is not there.
func notMade(err error) error {
	var refused *sqlerr.StatementError
	if err == nil || sqlerr.Retryable(err) || !errors.As(err, &refused) || errors.Is(err, sqlerr.ErrOutcomeUnknown) {
		return err
	}
	return fmt.Errorf("%w; sequences are made by CreateAll", err)
}

var (
	takeParams = []sqltype.Type{sqltype.Integer{Bits: 64}, sqltype.Text{}, sqltype.Integer{Bits: 64}}
	nameParams = []sqltype.Type{sqltype.Text{}}
)

// sound reports what is wrong with a sequence that gave nothing, nil where it
// has come to its end.
func (l *link) sound(ctx context.Context, seq *schema.Sequence) error {
	var step int64
	var carrier string
	found, err := l.queryOne(ctx, l.engine.dialect.SequenceTable(l.server.caps).Increment, nameParams,
		[]sqltype.Value{sqltype.TextValue(seq.FullName())}, func(rows driver.Rows) (found bool, err error) {
			for rows.Next() {
				step, carrier, found = rows.Int64(0), string(rows.Text(1)), true
			}
			return found, rows.Err()
		})
	switch {
	case err != nil:
		return err
	case !found:
		return fmt.Errorf("engine: sequence %s does not exist; create it with CreateAll", seq.FullName())
	case carrier != "":
		return fmt.Errorf("engine: sequence %s is carried by the column %s, which generates its values by itself and gives none to others; declare it as it was when it was made, "+
			"and leave that column out of the INSERT, or add the sequence to the MetaData by itself too (AddSequence) before the table is made", seq.FullName(), carrier)
	case step != seq.IncrementValue():
		return incrementError(seq.FullName(), step, seq.IncrementValue())
	}
	return nil
}

func incrementError(name string, is, want int64) error {
	return fmt.Errorf("engine: sequence %s is there with increment %d, not %d; declare it as it is, or change it in the database", name, is, want)
}

// prepareText prepares a statement of the dialect's own.
func (l *link) prepareText(ctx context.Context, sql string, params []sqltype.Type) (driver.Stmt, error) {
	return l.prepare(ctx, l.server.text(sql, params))
}

// queryOne runs a query of the dialect's own. read reads its rows.
func (l *link) queryOne(ctx context.Context, sql string, params []sqltype.Type, args []sqltype.Value,
	read func(rows driver.Rows) (bool, error),
) (bool, error) {
	c := l.server.text(sql, params)
	var w *watch
	if l.engine.observed(ctx) {
		var err error
		if w, err = l.watchOwn(ctx, c.SQL, c.Verb, args); err != nil {
			return false, err
		}
		c = l.reworded(c, w)
	}
	rows, err := l.open(ctx, c, args)
	var ok bool
	if err == nil {
		ok, err = read(rows)
		if closeErr := rows.Close(); err == nil {
			err = closeErr
		}
	}
	if err != nil {
		err = l.failed(ctx, err, c.SQL, l.effectOf(c.Verb, sql))
	}
	if w != nil {
		err = w.done(ctx, -1, err)
	}
	return ok, err
}

// execText runs a statement of the dialect's own for its effect.
func (l *link) execText(ctx context.Context, sql string, params []sqltype.Type, args []sqltype.Value) (driver.Result, error) {
	return l.execCompiled(ctx, l.server.text(sql, params), args)
}

// keyStep returns the distance of the ids of one statement, as it is now on
// this connection.
func (l *link) keyStep(ctx context.Context) (uint64, error) {
	ask := l.server.caps.KeyStepQuery
	if ask == "" {
		return max(l.server.caps.KeyStep, 1), nil
	}
	return l.askStep(ctx, ask)
}

func (l *link) askStep(ctx context.Context, ask string) (step uint64, err error) {
	_, err = l.queryOne(ctx, ask, nil, nil, func(rows driver.Rows) (bool, error) {
		for rows.Next() {
			if !rows.IsNull(0) {
				step = uint64(rows.Int64(0))
			}
		}
		return true, rows.Err()
	})
	if err == nil && step == 0 {
		err = errors.New("engine: the server does not tell the step of its ids")
	}
	return step, err
}
